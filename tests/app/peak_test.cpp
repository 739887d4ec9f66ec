// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/app/program.h"

namespace forecost::app_tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

bool runtime_is_absent(const Outcome& outcome) {
  return outcome.out.find("ONNX Runtime is not there") != std::string::npos;
}

TEST(ProbePeak, IsNoCommandThatPeopleSee) {
  const Workplace workplace;
  EXPECT_THAT(workplace.run({"--help"}).out, Not(HasSubstr("probe-peak")));
}

TEST(ProbePeak, AnswersWithAnErrorInsteadOfEnding) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"probe-peak", "absent.onnx"});
  EXPECT_EQ(outcome.exit_code, 0);
  const auto answer = nlohmann::json::parse(outcome.out);
  EXPECT_TRUE(answer.contains("error")) << outcome.out;
}

TEST(ProbePeak, TellsThePeakOfAProcessThatRanTheNetwork) {
  const Workplace workplace;
  ASSERT_EQ(workplace.run({"zoo", "lenet5", "-o", "lenet5.onnx"}).exit_code, 0);
  const Outcome outcome = workplace.run({"probe-peak", "lenet5.onnx", "--threads", "1"});
  if (runtime_is_absent(outcome)) GTEST_SKIP() << "skipped: ONNX Runtime";
  const auto answer = nlohmann::json::parse(outcome.out);
  for (const char* name : {"loading_bytes", "loaded_bytes", "running_bytes"}) {
    ASSERT_TRUE(answer.contains(name)) << outcome.out;
    EXPECT_GT(answer[name].get<std::int64_t>(), 1 << 20) << name;
  }
  EXPECT_GE(answer["loading_bytes"], answer["loaded_bytes"]);
}

TEST(Lowering, AnUnknownWayIsWrongUsage) {
  const Workplace workplace;
  EXPECT_EQ(workplace.run({"predict", "x.onnx", "--lowering", "guess"}).exit_code, 2);
}

}  // namespace
}  // namespace forecost::app_tests
