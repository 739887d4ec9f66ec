// SPDX-License-Identifier: Apache-2.0
#include "eager/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/device/program_runner.h"
#include "forecost/device/runner_protocol.h"
#include "forecost/device/temp_folder.h"
#include "forecost/network/writer.h"
#include "forecost/network/zoo.h"

namespace forecost::eager {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::SizeIs;

class Answers : public testing::Test {
 protected:
  void SetUp() override {
    model_.file = folder_.path() / "lenet5.onnx";
    ASSERT_TRUE(network::write((*network::find_zoo("lenet5"))->build({}), model_.file));
    model_.batch = 3;
  }

  std::vector<json> lines(const json& question) const {
    std::vector<json> lines;
    answer(question.dump(), *system_, [&lines](const json& line) { lines.push_back(line); });
    return lines;
  }

  /// What Forecost makes of the lines.
  device::Answer taken(const json& question) const {
    device::Answer answer("forecost-torch");
    for (const json& line : lines(question)) {
      const Status status = answer.take(line.dump());
      EXPECT_TRUE(status) << to_string(status.error());
    }
    return answer;
  }

  json failure(const device::MeasureRequest& request, const std::string& provider = "") const {
    return lines(device::measure_question(model_, request, provider)).back();
  }

  std::unique_ptr<device::System> system_ = device::this_machine();
  device::TempFolder folder_ = *device::TempFolder::make(*system_);
  device::Model model_;
};

TEST_F(Answers, SayWhoTheyAre) {
  const device::Answer answer = taken(device::identity_question({}, ""));
  ASSERT_TRUE(answer.identity());
  EXPECT_EQ(answer.identity()->runtime, "torch");
  EXPECT_EQ(answer.identity()->provider, "cpu");
  EXPECT_EQ(answer.identity()->processor, device::identify_processor(*system_).processor);
}

TEST_F(Answers, AnInferenceHasRunsAndTheTimesOfItsLayers) {
  device::MeasureRequest request;
  request.least_runs = 7;
  request.longest = Seconds(0);
  request.evict = Bytes(1 << 20);
  const device::Answer answer = taken(device::measure_question(model_, request, "cpu"));
  EXPECT_TRUE(answer.done());
  EXPECT_THAT(answer.measured().run_seconds, SizeIs(7));
  EXPECT_TRUE(answer.measured().evicted);
  EXPECT_TRUE(answer.measured().backward_seconds.empty());
  EXPECT_GT(answer.measured().peak_memory.value, 0);
  ASSERT_FALSE(answer.measured().nodes.empty());
  EXPECT_EQ(answer.measured().nodes.front().front().op, "Conv");
}

TEST_F(Answers, ATrainingStepHasItsParts) {
  device::MeasureRequest request;
  request.training = "adam";
  request.least_runs = 4;
  request.longest = Seconds(0);
  const device::Answer answer = taken(device::measure_question(model_, request, ""));
  EXPECT_TRUE(answer.done());
  EXPECT_THAT(answer.measured().forward_seconds, SizeIs(4));
  EXPECT_THAT(answer.measured().backward_seconds, SizeIs(4));
  EXPECT_THAT(answer.measured().update_seconds, SizeIs(4));
}

TEST_F(Answers, WhatCannotBeDoneIsAFailureWithAHint) {
  device::MeasureRequest request;
  EXPECT_THAT(failure(request, "abacus").at("failure").get<std::string>(), HasSubstr("abacus"));
  request.settings.precision = "tf32";
  EXPECT_THAT(failure(request).at("failure").get<std::string>(), HasSubstr("CUDA devices alone"));
  request.settings.precision = "";
  request.training = "prayer";
  EXPECT_THAT(failure(request).at("failure").get<std::string>(), HasSubstr("prayer"));
  model_.file = "nowhere.onnx";
  EXPECT_TRUE(failure({}).contains("hint"));
  EXPECT_TRUE(lines(json::array()).back().contains("failure"));
  json newer = device::identity_question({}, "");
  newer["version"] = 2;
  EXPECT_THAT(lines(newer).back().at("failure").get<std::string>(), HasSubstr("version 2"));
}

TEST_F(Answers, TheProgramIsARunner) {
  const auto runner =
      device::open_program(*system_, {{std::string(FORECOST_TORCH_PROGRAM), "run"}, "", Seconds(120)});
  ASSERT_TRUE(runner) << to_string(runner.error());
  const auto measured = (*runner)->measure(model_, {});
  ASSERT_TRUE(measured) << to_string(measured.error());
  EXPECT_GE(measured->run_seconds.size(), 10);
}

}  // namespace
}  // namespace forecost::eager
