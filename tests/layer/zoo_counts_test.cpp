// SPDX-License-Identifier: Apache-2.0
// Multiply-accumulates and parameters of every network of the zoo against the published counts.
#include <string>

#include <gtest/gtest.h>

#include "forecost/layer/layer.h"
#include "forecost/network/zoo.h"

namespace forecost::layer {
namespace {

/// Half a unit of the last digit that is not zero: a count published as 4.230 G is right within 5 M.
/// YOLOv5n's is half of the 4.5 G operations in its README, and so right within 25 M.
std::int64_t rounding_of(const network::ZooEntry& entry) {
  if (entry.name == "yolov5n") return 25'000'000;
  std::int64_t unit = 1;
  while (entry.macs % (10 * unit) == 0) unit *= 10;
  return unit == 1 ? 0 : unit / 2;
}

class ZooCounts : public testing::TestWithParam<network::ZooEntry> {};

TEST_P(ZooCounts, MacsAreThePublishedOnes) {
  const auto layered = infer(GetParam().build({}));
  ASSERT_TRUE(layered.has_value()) << to_string(layered.error());
  EXPECT_NEAR(static_cast<double>(totals_of(*layered).macs.value), static_cast<double>(GetParam().macs),
              static_cast<double>(rounding_of(GetParam())));
}

TEST_P(ZooCounts, ParametersAreThePublishedOnes) {
  const auto layered = infer(GetParam().build({}));
  ASSERT_TRUE(layered.has_value()) << to_string(layered.error());
  // A detector's grids and anchors are real constants of elementwise layers: an ONNX file does not tell them
  // from weights.
  const std::int64_t tables = GetParam().name == "yolov5n" ? 2 * 2 * (80 * 80 + 40 * 40 + 20 * 20) * 3 : 0;
  EXPECT_EQ(totals_of(*layered).parameters, GetParam().parameters + tables);
}

TEST_P(ZooCounts, EveryOperatorHasARule) {
  const auto layered = infer(GetParam().build({}));
  ASSERT_TRUE(layered.has_value()) << to_string(layered.error());
  EXPECT_TRUE(totals_of(*layered).unknown_operators.empty());
}

TEST_P(ZooCounts, InferredOutputsHaveTheDeclaredShapes) {
  const network::Network network = GetParam().build({.batch = 3});
  const auto layered = infer(network);
  ASSERT_TRUE(layered.has_value()) << to_string(layered.error());
  for (const network::ValueInfo& output : network.graph.outputs) {
    Shape declared;
    for (const network::Dimension& dim : output.dims.value()) declared.push_back(dim.extent.value());
    ASSERT_NE(layered->tensor(output.name), nullptr) << output.name;
    EXPECT_EQ(layered->tensor(output.name)->shape, declared) << output.name;
  }
}

TEST_P(ZooCounts, BatchSetAfterwardsEqualsBatchBuiltIn) {
  const auto bound = infer(GetParam().build({}), {.symbols = {}, .batch = 5});
  ASSERT_TRUE(bound.has_value()) << to_string(bound.error());
  const auto built = infer(GetParam().build({.batch = 5}));
  ASSERT_TRUE(built.has_value()) << to_string(built.error());
  EXPECT_EQ(totals_of(*bound).macs, totals_of(*built).macs);
  EXPECT_EQ(totals_of(*bound).traffic, totals_of(*built).traffic);
}

INSTANTIATE_TEST_SUITE_P(Every, ZooCounts, testing::ValuesIn(network::zoo_entries()),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace forecost::layer
