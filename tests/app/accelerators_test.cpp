// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/app/program.h"

namespace forecost::app_tests {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

TEST(Accelerators, EyerissForecastsLatencyAndEnergyWithoutACalibration) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"predict", "zoo:alexnet", "--on", "eyeriss", "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json prediction = json::parse(outcome.out);
  EXPECT_EQ(prediction.at("device"), "eyeriss");
  EXPECT_EQ(prediction.at("energy_source"), "energy table");
  EXPECT_GT(prediction.at("latency_ms"), 0);
  double kernels = 0, parts = 0;
  for (const json& kernel : prediction.at("kernels")) kernels += kernel.at("energy_mj").get<double>();
  for (const auto& part : prediction.at("energy_parts").items()) parts += part.value().get<double>();
  const double energy = prediction.at("energy_mj");
  EXPECT_NEAR(kernels, energy, 1e-9 * energy);  // summed in another order
  EXPECT_NEAR(parts, energy, 1e-9 * energy);
}

TEST(Accelerators, PeopleReadTheEnergyAndWhereItComesFrom) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"predict", "zoo:lenet5", "--on", "eyeriss"});
  EXPECT_THAT(outcome.out, HasSubstr("(by energy table, arithmetic"));
  EXPECT_THAT(workplace.run({"predict", "zoo:lenet5", "--on", "eyeriss", "--format", "csv"}).out,
              HasSubstr("energy_mj,energy_low_mj"));
  EXPECT_THAT(workplace.run({"predict", "zoo:lenet5", "--on", "eyeriss", "--format", "markdown"}).out,
              HasSubstr("energy"));
}

TEST(Accelerators, NarrowWeightsTakeLessEnergyAndOthersRefuseThem) {
  const Workplace workplace;
  const auto energy = [&workplace](const std::vector<std::string>& more) {
    std::vector<std::string> words{"predict", "zoo:alexnet", "--on", "eyeriss", "--format", "json"};
    words.insert(words.end(), more.begin(), more.end());
    return json::parse(workplace.run(words).out).at("energy_mj").get<double>();
  };
  const double whole = energy({});
  EXPECT_EQ(energy({"--weights", "float16"}), whole);  // words have 16 bits
  EXPECT_LT(energy({"--weights", "int4"}), energy({"--weights", "int8"}));
  EXPECT_LT(energy({"--weights", "int8"}), whole);
  EXPECT_LT(energy({"--weights", "lightnn1"}), energy({"--weights", "int4"}));  // one shift, no product
  EXPECT_EQ(workplace.run({"predict", "zoo:alexnet", "--on", "eyeriss", "--weights", "int5"}).exit_code, 1);
}

TEST(Accelerators, ACardFileIsADevice) {
  const Workplace workplace;
  workplace.write("mine.toml",
                  "name = \"mine\"\nrows = 32\ncolumns = 32\ndataflow = \"weight_stationary\"\n");
  const Outcome outcome =
      workplace.run({"predict", "zoo:lenet5", "--on", "mine.toml", "--on", "eyeriss", "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json predictions = json::parse(outcome.out);
  ASSERT_EQ(predictions.size(), 2);
  EXPECT_EQ(predictions[0].at("device"), "mine");
  EXPECT_EQ(predictions[1].at("device"), "eyeriss");
}

TEST(Accelerators, AMistakeInACardIsNamedWithItsLine) {
  const Workplace workplace;
  workplace.write("mine.toml", "name = \"mine\"\nrow = 32\n");
  const Outcome outcome = workplace.run({"predict", "zoo:lenet5", "--on", "mine.toml"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("mine.toml:2"));
  EXPECT_THAT(workplace.run({"predict", "zoo:lenet5", "--on", "none.toml"}).err, HasSubstr("none.toml"));
}

TEST(Accelerators, HaveNoOtherFamily) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"predict", "zoo:lenet5", "--on", "eyeriss", "--family", "roofline"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("leave --family out"));
}

TEST(Accelerators, AreListed) {
  const Workplace workplace;
  const json list = json::parse(workplace.run({"list", "accelerators", "--format", "json"}).out);
  EXPECT_EQ(list.at("accelerators").at(0).at("name"), "eyeriss");
}

}  // namespace
}  // namespace forecost::app_tests
