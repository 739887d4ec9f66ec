// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/app/program.h"

namespace forecost::app_tests {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(Zoo, WritesAFileThatInspectReads) {
  const Workplace workplace;
  const Outcome written = workplace.run({"zoo", "lenet5", "-o", "lenet.onnx"});
  ASSERT_EQ(written.exit_code, 0) << written.err;
  EXPECT_THAT(written.out, StartsWith("lenet.onnx: "));
  const Outcome inspected = workplace.run({"inspect", "lenet.onnx"});
  EXPECT_EQ(inspected.exit_code, 0) << inspected.err;
  EXPECT_THAT(inspected.out, HasSubstr("Conv"));
}

TEST(Zoo, HollowFilesInspectLikeFullOnes) {
  const Workplace workplace;
  ASSERT_EQ(workplace.run({"zoo", "squeezenet1_1", "-o", "full.onnx"}).exit_code, 0);
  ASSERT_EQ(workplace.run({"zoo", "squeezenet1_1", "--hollow", "-o", "hollow.onnx"}).exit_code, 0);
  json full = json::parse(workplace.run({"inspect", "full.onnx", "--format", "json"}).out);
  json hollow = json::parse(workplace.run({"inspect", "hollow.onnx", "--format", "json"}).out);
  full.erase("network");
  hollow.erase("network");
  EXPECT_EQ(full, hollow);
}

TEST(Zoo, AnUnknownNameFailsWithTheNearestOnes) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"zoo", "resnet51"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("resnet50"));
}

TEST(Zoo, NoNameIsWrongUsage) {
  const Workplace workplace;
  EXPECT_EQ(workplace.run({"zoo"}).exit_code, 2);
}

TEST(Zoo, AFolderThatIsNotThereIsAnError) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"zoo", "lenet5", "-o", "no/such/folder/x.onnx"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("hint: "));
}

TEST(Inspect, JsonHasThePublishedCountsOfResNet50) {
  // torchvision ResNet50_Weights: 25 557 032 parameters, 4.089 G multiply-accumulates.
  const Workplace workplace;
  const Outcome outcome = workplace.run({"inspect", "zoo:resnet50", "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json report = json::parse(outcome.out);
  EXPECT_EQ(report.at("format"), "forecost.inspection");
  EXPECT_EQ(report.at("version"), 1);
  EXPECT_EQ(report.at("parameters"), 25557032);
  EXPECT_NEAR(report.at("macs").get<double>(), 4.089e9, 0.001e9);  // published to three decimals
  EXPECT_EQ(report.at("layers").size(), report.at("layer_count"));
}

TEST(Inspect, TheBatchScalesWorkAndNotParameters) {
  const Workplace workplace;
  const json one = json::parse(workplace.run({"inspect", "zoo:resnet18", "--format", "json"}).out);
  const json eight =
      json::parse(workplace.run({"inspect", "zoo:resnet18", "--batch", "8", "--format", "json"}).out);
  EXPECT_EQ(eight.at("macs"), 8 * one.at("macs").get<std::int64_t>());
  EXPECT_EQ(eight.at("parameters"), one.at("parameters"));
}

TEST(Inspect, CsvHasOneRowPerLayerWhateverTheLimit) {
  const Workplace workplace;
  const json report = json::parse(workplace.run({"inspect", "zoo:alexnet", "--format", "json"}).out);
  const std::string csv = workplace.run({"inspect", "zoo:alexnet", "--format", "csv", "--limit", "2"}).out;
  EXPECT_THAT(csv, StartsWith("name,op,output_shapes,macs,operations,parameters,"));
  EXPECT_EQ(static_cast<std::size_t>(std::count(csv.begin(), csv.end(), '\n')),
            report.at("layers").size() + 1);
}

TEST(Inspect, LimitShortensTheTableAndSaysSo) {
  const Workplace workplace;
  EXPECT_THAT(workplace.run({"inspect", "zoo:alexnet", "--limit", "3"}).out, HasSubstr("more rows"));
}

TEST(Inspect, SeveralNetworksAreAnArray) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"inspect", "zoo:lenet5", "zoo:alexnet", "--format", "json"});
  const json reports = json::parse(outcome.out);
  ASSERT_TRUE(reports.is_array());
  EXPECT_EQ(reports.at(1).at("network"), "zoo:alexnet");
}

TEST(Inspect, OneBadFileDoesNotHideAGoodOne) {
  const Workplace workplace;
  workplace.write("bad.onnx", "not a network");
  const Outcome outcome = workplace.run({"inspect", "bad.onnx", "zoo:lenet5", "--format", "json"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(json::parse(outcome.out).at("network"), "zoo:lenet5");
  EXPECT_THAT(outcome.err, HasSubstr("bad.onnx"));
}

class BadFile : public ::testing::TestWithParam<std::pair<const char*, std::string>> {};

TEST_P(BadFile, GivesOneErrorWithTheFileAndAHint) {
  const Workplace workplace;
  workplace.write("bad.onnx", GetParam().second);
  const Outcome outcome = workplace.run({"inspect", "bad.onnx"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, StartsWith("error: "));
  EXPECT_THAT(outcome.err, HasSubstr("bad.onnx"));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 2) << outcome.err;
}

INSTANTIATE_TEST_SUITE_P(
    App, BadFile,
    ::testing::Values(std::pair{"empty", std::string()},
                      std::pair{"text", std::string("Dear reader,\nthis is not ONNX.\n")},
                      std::pair{"zeros", std::string(4096, '\0')},
                      std::pair{"truncated", std::string("\x08\x08\x3a\xff\x7f\x0a", 6)}),
    [](const auto& instance) { return std::string(instance.param.first); });

TEST(Inspect, AFileThatIsNotThereIsNamed) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"inspect", "absent.onnx"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("absent.onnx"));
  EXPECT_THAT(outcome.err, HasSubstr("hint: "));
}

TEST(List, OperatorsNameConv) {
  const Workplace workplace;
  const json report = json::parse(workplace.run({"list", "operators", "--format", "json"}).out);
  const json& operators = report.at("operators");
  EXPECT_TRUE(std::any_of(operators.begin(), operators.end(),
                          [](const json& row) { return row.at("op") == "Conv"; }));
}

TEST(List, MarkdownIsATable) {
  const Workplace workplace;
  EXPECT_THAT(workplace.run({"list", "runners", "--format", "markdown"}).out, HasSubstr("| --- | --- |"));
}

}  // namespace
}  // namespace forecost::app_tests
