// SPDX-License-Identifier: Apache-2.0
// The whole way: a study file, the program, its answers.
#include "trainer/task.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/device/temp_folder.h"
#include "forecost/network/reader.h"
#include "forecost/network/writer.h"
#include "forecost/search/study_file.h"
#include "forecost/search/study_setup.h"

namespace forecost::trainer {
namespace {

using nlohmann::json;
using search::Evaluation;
using search::TrialState;
using ::testing::HasSubstr;

constexpr const char* study_text = R"toml(
minimise = ["error"]
limits = ["parameters <= 1e6"]
[parameters]
width = { type = "integer", low = 4, high = 16 }
learning_rate = { type = "real", low = 0.001, high = 1e3, log = true }
[network]
input = [1, 16, 16]
layers = [{ type = "conv", channels = "$width", stride = 2, activation = "none" }, { type = "flatten" },
          { type = "linear", features = 10 }]
[objective]
trainer = { data = "glyphs", train = 200, held_out = 50, epochs = 3, batch = 20 }
time_out = "5 min"
)toml";

class Trial : public ::testing::Test {
 protected:
  Trial() : system_(device::this_machine()), folder_(device::TempFolder::make(*system_).value()) {}

  std::vector<json> told(const json& task) {
    std::vector<json> lines;
    run_task(task.dump(), [&lines](const json& line) { lines.push_back(line); });
    return lines;
  }

  std::string write_network(const std::string& name = "n.onnx") {
    const auto study = search::parse_study(study_text, "s.toml").value();
    const std::filesystem::path file = folder_.path() / name;
    const Status written = network::write(study.network({{8, 0.05}}).value(), file, network::Payload::hollow);
    EXPECT_TRUE(written.has_value());
    return file.string();
  }

  /// A trial by the program that a build puts beside the tests.
  Evaluation run(const std::string& text, const search::Design& design) {
    const auto study = search::parse_study(text, folder_.path() / "s.toml");
    if (!study) return search::failed_because(to_string(study.error()));
    const auto setup = search::set_up(*study, {}, *system_);
    if (!setup) return search::failed_because(to_string(setup.error()));
    search::Task task{.number = 0, .design = design, .design_json = "{}", .network = write_network()};
    const search::Contact contact{.report =
                                      [this](const search::Report& report) {
                                        reports_.push_back(report);
                                        return true;
                                      },
                                  .stop = [] { return false; }};
    return setup->evaluator(task, contact);
  }

  std::unique_ptr<device::System> system_;
  device::TempFolder folder_;
  std::vector<search::Report> reports_;
};

TEST_F(Trial, IsTrainedByTheProgramOfItsStudy) {
  const Evaluation evaluation = run(study_text, {{8, 0.05}});
  ASSERT_EQ(evaluation.state, TrialState::complete) << evaluation.failure;
  ASSERT_EQ(reports_.size(), 3U);
  EXPECT_EQ(reports_[2].step, 3);
  EXPECT_EQ(reports_[2].metrics.at("error"), evaluation.metrics.at("error"));
  EXPECT_NEAR(evaluation.metrics.at("accuracy"), 1 - evaluation.metrics.at("error"), 1e-12);
  EXPECT_TRUE(evaluation.metrics.contains("loss"));
  EXPECT_EQ(evaluation.metrics.at("parameters"), 8 * 9 + 8 + 512 * 10 + 10);  // forecast, as ever
}

TEST_F(Trial, ThatDivergesFailsAloneAndSaysWhy) {
  const Evaluation evaluation = run(study_text, {{8, 1e3}});
  EXPECT_EQ(evaluation.state, TrialState::failed);
  EXPECT_THAT(evaluation.failure, HasSubstr("diverged: the loss is"));
}

TEST_F(Trial, TheSameTrialIsTheSameToTheLastBit) {
  const Evaluation first = run(study_text, {{8, 0.05}});
  EXPECT_EQ(first.metrics, run(study_text, {{8, 0.05}}).metrics);
}

TEST_F(Trial, ANetworkThatDoesNotFitTheDataIsRefusedBeforeAnyTrial) {
  std::string text = study_text;
  text.replace(text.find("features = 10"), 13, "features = 99");
  EXPECT_THAT(run(text, {{8, 0.05}}).failure, HasSubstr("glyphs have 2 ... 30 classes"));
  text = study_text;
  text.replace(text.find("\"glyphs\""), 8, "\"mnist\"");
  EXPECT_THAT(run(text, {{8, 0.05}}).failure, HasSubstr("the data are 1 x 28 x 28"));
}

TEST_F(Trial, AnswersEachEpochAndTheEnd) {
  const auto lines = told({{"trial", 4},
                           {"network", write_network()},
                           {"recipe", {{"train", 60}, {"held_out", 20}, {"epochs", 2}, {"batch", 20}}}});
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[1].at("step"), 2);
  EXPECT_FALSE(lines[2].contains("step"));
  EXPECT_EQ(lines[1].at("metrics"), lines[2].at("metrics"));
}

TEST_F(Trial, KeepsTheTrainedNetworkWhereItIsAskedTo) {
  const std::string kept = (folder_.path() / "kept").string();
  told({{"trial", 4},
        {"network", write_network()},
        {"recipe", {{"train", 60}, {"held_out", 20}, {"epochs", 1}, {"batch", 20}, {"save", kept}}}});
  const auto network = network::read(std::filesystem::path(kept) / "trial4.onnx");
  ASSERT_TRUE(network.has_value()) << to_string(network.error());
  EXPECT_EQ(network->graph.initializers.size(), 4U);
}

TEST_F(Trial, WhatIsWrongIsAFailureInWords) {
  const auto failure = [this](const json& task) {
    return told(task).back().at("failure").get<std::string>();
  };
  EXPECT_THAT(failure(json::array()), HasSubstr("no JSON object"));
  EXPECT_THAT(failure({{"network", "nowhere.onnx"}}), HasSubstr("nowhere.onnx"));
  EXPECT_THAT(failure({{"network", write_network()}, {"recipe", {{"data", "faces"}}}}),
              HasSubstr("no data 'faces'"));
  EXPECT_THAT(failure({{"network", write_network()}, {"recipe", {{"epochs", -1}}}}),
              HasSubstr("epochs is -1"));
  std::ofstream(folder_.path() / "broken.onnx") << "<html>";
  EXPECT_THAT(failure({{"network", (folder_.path() / "broken.onnx").string()}}), HasSubstr("broken.onnx"));
}

}  // namespace
}  // namespace forecost::trainer
