// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/app/program.h"

namespace forecost::app_tests {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

/// Six devices, each twice as fast as the one before, and of a new one, faster by 1.5, one network.
std::string times() {
  std::string csv = "device,network,time_ms\n";
  double speed = 1;
  for (int device = 0; device < 6; ++device, speed *= 2) {
    for (int size = 1; size <= 4; ++size)
      csv += fmt::format("d{},net{},{}\n", device, size, 10 * size / speed);
  }
  return csv + "new,net2,13.333\n";
}

TEST(Transfer, OneTimeOfANewDeviceGivesTheOthersAndWhatToMeasureNext) {
  const Workplace workplace;
  workplace.write("times.csv", times());
  const Outcome outcome = workplace.run({"transfer", "times.csv", "--on", "new", "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json answer = json::parse(outcome.out);
  EXPECT_EQ(answer.at("devices"), 6);
  EXPECT_EQ(answer.at("measured"), 1);
  ASSERT_EQ(answer.at("networks").size(), 4U);
  const json& largest = answer.at("networks").at(3);
  EXPECT_TRUE(largest.at("measured_ms").is_null());
  // 40 / 1.5 ms; six devices leave room for networks that differ by a few per cent.
  EXPECT_NEAR(largest.at("predicted_ms").get<double>(), 26.7, 2.7);
  EXPECT_LT(largest.at("low_ms").get<double>(), 26.7);
  EXPECT_GT(largest.at("high_ms").get<double>(), 26.7);
  EXPECT_EQ(answer.at("measure_next").size(), 3U);
  EXPECT_THAT(answer.at("warnings").dump(), HasSubstr("say little"));
}

TEST(Transfer, ADeviceThatTheFileDoesNotHaveIsNoSource) {
  const Workplace workplace;
  workplace.write("times.csv", times());
  const Outcome outcome = workplace.run({"transfer", "times.csv", "--on", "new", "--from", "d9"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("no device 'd9'"));
  EXPECT_THAT(outcome.err, HasSubstr("hint: "));
}

TEST(Transfer, TooFewDevicesSayHowManyAreNeeded) {
  const Workplace workplace;
  workplace.write("times.csv", "device,network,time_ms\na,x,1\na,y,2\nb,x,3\n");
  const Outcome outcome = workplace.run({"transfer", "times.csv", "--on", "b"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("five devices"));
}

}  // namespace
}  // namespace forecost::app_tests
