// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/app/program.h"

namespace forecost::app_tests {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Devices, ANewHomeHasNoneAndSaysWhatToRun) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"devices"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("forecost calibrate"));
  EXPECT_EQ(json::parse(workplace.run({"devices", "--format", "json"}).out).at("devices"), json::array());
}

TEST(Devices, ADamagedPredictorIsNamedAndDoesNotHideTheList) {
  const Workplace workplace;
  std::filesystem::create_directories(workplace.folder() / "home" / "devices");
  workplace.write("home/devices/broken.json", "{ this is not a predictor");
  const Outcome outcome = workplace.run({"devices"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("device broken cannot be used"));
}

TEST(Predict, WithoutACalibratedDeviceTheHintIsTheCommandThatMakesOne) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"predict", "zoo:lenet5", "--threads", "3"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, HasSubstr("'this-t3' is not calibrated"));
  EXPECT_THAT(outcome.err, HasSubstr("hint: run forecost calibrate --threads 3"));
}

TEST(Predict, AnUnknownDeviceIsNamed) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"predict", "zoo:lenet5", "--on", "phone"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("'phone'"));
}

TEST(Predict, ADeviceNameCannotLeaveTheHomeFolder) {
  const Workplace workplace;
  EXPECT_EQ(workplace.run({"predict", "zoo:lenet5", "--on", "../../etc"}).exit_code, 2);
  EXPECT_EQ(workplace.run({"calibrate", "--on", ".hidden"}).exit_code, 2);
}

TEST(Calibrate, ABudgetThatIsNoDurationIsWrongUsage) {
  const Workplace workplace;
  for (const char* budget : {"soon", "0s", "-3min", "10 apples", "inf", "nan"}) {
    EXPECT_EQ(workplace.run({"calibrate", std::string("--budget=") + budget}).exit_code, 2) << budget;
  }
}

TEST(Calibrate, WithoutARuntimeTheErrorSaysHowToGetOne) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"calibrate", "--library", "no/such/libonnxruntime.so"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("hint: "));
  EXPECT_THAT(outcome.err, HasSubstr("onnxruntime"));
}

TEST(Calibrate, RefreshingADeviceThatIsNotCalibratedSaysWhatToRun) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"calibrate", "--refresh", "--on", "phone"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("'phone'"));
  EXPECT_THAT(outcome.err, HasSubstr("forecost calibrate"));
  EXPECT_EQ(workplace.run({"calibrate", "--refresh", "--again"}).exit_code, 2);
}

TEST(Calibrate, AfterRefreshingForecastsFollowThePace) {
  const Workplace workplace;
  const std::vector<std::string> here{"--on", "here", "--format", "json"};
  const auto run = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), here.begin(), here.end());
    return workplace.run(arguments);
  };
  Outcome calibrated;
  for (int goes = 0; goes < 10 && calibrated.exit_code != 0; ++goes) {  // a slow machine needs several
    calibrated = run({"calibrate", "--budget", "10s", "--threads", "1", "--family", "roofline"});
    if (calibrated.err.find("too few to fit") == std::string::npos) break;
  }
  if (calibrated.exit_code != 0) GTEST_SKIP() << "skipped: " << calibrated.err;
  const json before = json::parse(run({"predict", "zoo:lenet5", "--lowering", "rules"}).out);
  EXPECT_EQ(before.at("pace"), 1);

  const Outcome refreshed = run({"calibrate", "--refresh"});
  ASSERT_EQ(refreshed.exit_code, 0) << refreshed.err;
  const json pace = json::parse(refreshed.out);
  EXPECT_EQ(pace.at("format"), "forecost.pace");
  EXPECT_GE(pace.at("networks"), 5);
  EXPECT_LE(pace.at("pace_low"), pace.at("pace"));
  EXPECT_LE(pace.at("pace"), pace.at("pace_high"));

  const json after = json::parse(run({"predict", "zoo:lenet5", "--lowering", "rules"}).out);
  EXPECT_EQ(after.at("pace"), pace.at("pace"));
  const double factor = pace.at("pace").get<double>();
  EXPECT_NEAR(after.at("latency_ms").get<double>(), factor * before.at("latency_ms").get<double>(),
              1e-9 * after.at("latency_ms").get<double>());
}

TEST(Measure, WithoutARuntimeTheErrorSaysHowToGetOne) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"measure", "zoo:lenet5", "--library", "no/such/libonnxruntime.so"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("onnxruntime"));
}

}  // namespace
}  // namespace forecost::app_tests
