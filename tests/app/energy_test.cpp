// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/app/program.h"

namespace forecost::app_tests {
namespace {

using nlohmann::json;
using testing::HasSubstr;

bool runtime_is_absent(const Outcome& outcome) {
  return outcome.exit_code != 0 && outcome.err.find("ONNX Runtime is not there") != std::string::npos;
}

TEST(ListSensors, EverySensorIsPresentOrSaysWhyNotAndWhatHelps) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"list", "sensors", "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json sensors = json::parse(outcome.out).at("sensors");
  std::vector<std::string> names;
  for (const json& sensor : sensors) {
    names.push_back(sensor.at("name").get<std::string>());
    if (sensor.at("state") == "present") {
      EXPECT_FALSE(sensor.at("scope").get<std::string>().empty());
    } else {
      EXPECT_FALSE(sensor.at("reason").get<std::string>().empty());
      EXPECT_FALSE(sensor.at("remedy").get<std::string>().empty());
    }
  }
  for (const char* name : {"rapl", "nvml", "hwmon", "trace", "command"}) {
    EXPECT_THAT(names, testing::Contains(testing::StartsWith(name)));
  }
  for (const char* format : {"table", "csv", "markdown"}) {
    EXPECT_THAT(workplace.run({"list", "sensors", "--format", format}).out, HasSubstr("hwmon")) << format;
  }
}

TEST(MeasureEnergy, MistakesAreWrongUsage) {
  const Workplace workplace;
  for (const char* powers :
       {"5W", "idle=5W", "active=5W,idle=12W", "idle=5W,active=12J", "idle=5W,active=12W,peak=9W"}) {
    EXPECT_EQ(workplace.run({"measure", "zoo:lenet5", "--declared-power", powers}).exit_code, 2) << powers;
  }
  EXPECT_EQ(workplace.run({"measure", "zoo:lenet5", "--idle-time", "soon"}).exit_code, 2);
}

TEST(MeasureEnergy, ASensorThatIsNamedAndAbsentIsAnError) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"measure", "zoo:lenet5", "--sensor", "trace:nothing.csv"});
  if (runtime_is_absent(outcome)) GTEST_SKIP() << "skipped: ONNX Runtime";
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("nothing.csv"));
  EXPECT_THAT(workplace.run({"measure", "zoo:lenet5", "--sensor", "crystal_ball"}).err,
              HasSubstr("choose one of rapl"));
}

TEST(MeasureEnergy, DeclaredPowerGivesAnEnergyThatSaysSo) {
  const Workplace workplace;
  const Outcome outcome = workplace.run(
      {"measure", "zoo:lenet5", "--no-energy", "--declared-power", "idle=5W,active=12W", "--format", "json"});
  if (runtime_is_absent(outcome)) GTEST_SKIP() << "skipped: ONNX Runtime";
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json row = json::parse(outcome.out).at("networks").at(0);
  EXPECT_EQ(row.at("energy_by"), "declared");
  EXPECT_NEAR(row.at("energy_mj").get<double>(), 12 * row.at("measured_ms").get<double>(), 1e-9);
  EXPECT_NEAR(row.at("energy_above_idle_mj").get<double>(), 7 * row.at("measured_ms").get<double>(), 1e-9);
}

TEST(MeasureEnergy, WithoutASensorThereIsNoFigure) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"measure", "zoo:lenet5", "--no-energy", "--format", "json"});
  if (runtime_is_absent(outcome)) GTEST_SKIP() << "skipped: ONNX Runtime";
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(json::parse(outcome.out).at("networks").at(0).at("energy_mj").is_null());
  EXPECT_THAT(json::parse(outcome.out).at("energy").get<std::string>(), HasSubstr("not measured"));
}

TEST(MeasureEnergy, AProgramThatCountsJoulesIsASensor) {
  const Workplace workplace;
  workplace.write("meter.sh", "awk '{printf \"%.3f\\n\", $1 * 20}' /proc/uptime\n");  // 20 W for ever
  const Outcome outcome = workplace.run({"measure", "zoo:lenet5", "--sensor", "command:sh meter.sh",
                                         "--idle-time", "0.5s", "--format", "json"});
  if (runtime_is_absent(outcome)) GTEST_SKIP() << "skipped: ONNX Runtime";
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json energy = json::parse(outcome.out).at("energies").at(0);
  EXPECT_EQ(energy.at("sensor"), "command");
  // The uptime has steps of 10 ms, the window at least 0.5 s, and the program's own time is uncertain.
  EXPECT_NEAR(energy.at("power_w").get<double>(), 20, 2);
  EXPECT_GE(energy.at("windows").get<int>(), 3);
}

TEST(PredictEnergy, FollowsFromACalibrationWithASensor) {
  const Workplace workplace;
  workplace.write("meter.sh", "awk '{printf \"%.3f\\n\", $1 * 20}' /proc/uptime\n");  // 20 W for ever
  Outcome calibrated;
  json report;
  for (int goes = 0; goes < 10; ++goes) {  // a slow machine needs several
    calibrated =
        workplace.run({"calibrate", "--budget", "10s", "--threads", "1", "--family", "roofline", "--on",
                       "here", "--sensor", "command:sh meter.sh", "--idle-time", "0.5s", "--format", "json"});
    if (calibrated.exit_code == 0) report = json::parse(calibrated.out);
    if (report.contains("energy_mape")) break;
    if (calibrated.exit_code != 0 && calibrated.err.find("too few to fit") == std::string::npos) break;
  }
  if (calibrated.exit_code != 0) GTEST_SKIP() << "skipped: " << calibrated.err;
  EXPECT_THAT(report.at("energy").get<std::string>(), HasSubstr("by command (machine)"));
  const Outcome outcome = workplace.run({"predict", "zoo:lenet5", "--on", "here", "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json prediction = json::parse(outcome.out);
  EXPECT_EQ(prediction.at("energy_source"), "power fitted to command (machine)");
  EXPECT_NEAR(prediction.at("power_w").get<double>(), 20, 2);
  EXPECT_NEAR(prediction.at("energy_mj").get<double>(),
              prediction.at("power_w").get<double>() * prediction.at("latency_ms").get<double>(), 1e-9);

  const Outcome declared = workplace.run({"predict", "zoo:lenet5", "--on", "here", "--declared-power",
                                          "idle=5W,active=12W", "--format", "json"});
  ASSERT_EQ(declared.exit_code, 0) << declared.err;
  EXPECT_EQ(json::parse(declared.out).at("energy_source"), "declared power");
  EXPECT_NEAR(json::parse(declared.out).at("power_w").get<double>(), 12, 1e-9);
}

TEST(PredictEnergy, OfPowersThatMakeNoSenseIsWrongUsage) {
  const Workplace workplace;
  EXPECT_EQ(workplace.run({"predict", "zoo:lenet5", "--declared-power", "5W"}).exit_code, 2);
}

}  // namespace
}  // namespace forecost::app_tests
