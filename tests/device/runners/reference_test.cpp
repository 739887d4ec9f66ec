// SPDX-License-Identifier: Apache-2.0
// Published values: the examples in the ONNX operator specification (docs/Operators.md), named beside each.
#include <gtest/gtest.h>

#include "forecost/device/reference_ops.h"
#include "forecost/device/runner.h"
#include "forecost/network/builder.h"
#include "forecost/network/writer.h"
#include "tests/device/fake_system.h"

namespace forecost::device {
namespace {

using network::Attribute;
using reference::Dense;
using Ints = std::vector<std::int64_t>;

Dense counting(network::Shape shape, double first) {
  Dense dense{shape, std::vector<double>(static_cast<std::size_t>(*network::elements_of(shape)))};
  for (std::size_t i = 0; i < dense.values.size(); ++i) dense.values[i] = first + static_cast<double>(i);
  return dense;
}

Result<Dense> apply(const char* op, const std::vector<Dense>& inputs, network::Attributes attributes = {},
                    std::int64_t opset = 17) {
  network::Node node;
  node.op = op, node.name = "n", node.outputs = {"y"};
  node.attributes = std::move(attributes);
  reference::Call call{node, {}, opset};
  for (const auto& input : inputs) call.inputs.push_back(&input);
  return reference::find_operator(op)(call);
}

void expect_near(const Result<Dense>& result, const std::vector<double>& values) {
  ASSERT_TRUE(result) << to_string(result.error());
  ASSERT_EQ(result->values.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(result->values[i], values[i], 1e-6) << i;
}

TEST(Reference, ConvWithPadding) {  // Conv: "conv_with_padding"
  expect_near(apply("Conv", {counting({1, 1, 5, 5}, 0), {{1, 1, 3, 3}, std::vector<double>(9, 1)}},
                    {{"pads", Ints{1, 1, 1, 1}}}),
              {12,  21, 27, 33,  24,  33,  54,  63, 72,  51,  63,  99, 108,
               117, 81, 93, 144, 153, 162, 111, 72, 111, 117, 123, 84});
}

TEST(Reference, ConvWithStridesAndNoPadding) {  // Conv: "conv_with_strides_no_padding"
  expect_near(apply("Conv", {counting({1, 1, 7, 5}, 0), {{1, 1, 3, 3}, std::vector<double>(9, 1)}},
                    {{"strides", Ints{2, 2}}}),
              {54, 72, 144, 162, 234, 252});
}

TEST(Reference, ADepthwiseConvKeepsItsChannelsApart) {
  const auto y = apply("Conv", {counting({1, 2, 1, 1}, 3), {{2, 1, 1, 1}, {10, 100}}, {{2}, {1, 2}}},
                       {{"group", std::int64_t{2}}});
  expect_near(y, {31, 402});
}

TEST(Reference, ADilatedConvSkipsBetweenItsTaps) {
  const auto y = apply("Conv", {counting({1, 1, 3, 3}, 0), {{1, 1, 2, 2}, std::vector<double>(4, 1)}},
                       {{"dilations", Ints{2, 2}}});
  expect_near(y, {0 + 2 + 6 + 8});
}

TEST(Reference, MaxPoolWithPadding) {  // MaxPool: "maxpool_2d_precomputed_pads"
  expect_near(
      apply("MaxPool", {counting({1, 1, 5, 5}, 1)},
            {{"kernel_shape", Ints{5, 5}}, {"pads", Ints{2, 2, 2, 2}}}),
      {13, 14, 15, 15, 15, 18, 19, 20, 20, 20, 23, 24, 25, 25, 25, 23, 24, 25, 25, 25, 23, 24, 25, 25, 25});
}

TEST(Reference, MaxPoolThatRoundsItsExtentsUp) {  // MaxPool: "maxpool_2d_ceil"
  expect_near(apply("MaxPool", {counting({1, 1, 4, 4}, 1)},
                    {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"ceil_mode", std::int64_t{1}}}),
              {11, 12, 15, 16});
}

TEST(Reference,
     AveragePoolLeavesPaddingOutUnlessToldOtherwise) {  // AveragePool:
                                                        // "..._precomputed_pads[_count_include_pad]"
  const network::Attributes window{{"kernel_shape", Ints{5, 5}}, {"pads", Ints{2, 2, 2, 2}}};
  expect_near(apply("AveragePool", {counting({1, 1, 5, 5}, 1)}, window),
              {7,    7.5, 8,    8.5, 9,    9.5, 10,   10.5, 11,   11.5, 12,   12.5, 13,
               13.5, 14,  14.5, 15,  15.5, 16,  16.5, 17,   17.5, 18,   18.5, 19});
  auto counted = window;
  counted.emplace("count_include_pad", std::int64_t{1});
  expect_near(apply("AveragePool", {counting({1, 1, 5, 5}, 1)}, counted),
              {2.52, 3.6, 4.8,  4.08, 3.24, 4.56,  6.4,  8.4,  7.04, 5.52, 7.2,  10,  13,
               10.8, 8.4, 6.96, 9.6,  12.4, 10.24, 7.92, 6.12, 8.4,  10.8, 8.88, 6.84});
}

TEST(Reference, SoftmaxOfThreeNumbers) {  // Softmax: "softmax_example"
  expect_near(apply("Softmax", {{{1, 3}, {-1, 0, 1}}}), {0.09003058, 0.24472848, 0.66524094});
}

TEST(Reference, SoftmaxBeforeOpset13TakesEverythingAfterItsAxis) {
  const std::vector<Dense> x{{{1, 2, 2}, {0, 0, 0, 0}}};
  expect_near(apply("Softmax", x, {}, 11), {0.25, 0.25, 0.25, 0.25});
  expect_near(apply("Softmax", x, {{"axis", std::int64_t{1}}}, 13), {0.5, 0.5, 0.5, 0.5});
}

TEST(Reference, GemmScalesTransposesAndAdds) {
  // 2 * [1 2]^T^T x [3 4]^T + 3 * 5, by hand
  const auto y =
      apply("Gemm", {{{2, 1}, {1, 2}}, {{1, 2}, {3, 4}}, {{1}, {5}}},
            {{"alpha", 2.0}, {"beta", 3.0}, {"transA", std::int64_t{1}}, {"transB", std::int64_t{1}}});
  expect_near(y, {2 * (1 * 3 + 2 * 4) + 15});
}

TEST(Reference, MatMulBroadcastsItsBatches) {
  const auto y = apply("MatMul", {counting({2, 1, 2}, 1), {{2, 1}, {10, 1}}});
  expect_near(y, {12, 34});
}

TEST(Reference, AddBroadcastsBothWays) {
  const auto y = apply("Add", {{{2, 1}, {10, 20}}, {{3}, {1, 2, 3}}});
  expect_near(y, {11, 12, 13, 21, 22, 23});
  EXPECT_EQ(y->shape, (network::Shape{2, 3}));
}

TEST(Reference, TransposeWithoutAnOrderReversesTheAxes) {
  const auto y = apply("Transpose", {counting({2, 3}, 0)});
  expect_near(y, {0, 3, 1, 4, 2, 5});
  EXPECT_EQ(y->shape, (network::Shape{3, 2}));
}

TEST(Reference, ReshapeCopiesZerosAndInfersMinusOne) {
  const auto y = apply("Reshape", {counting({2, 3, 4}, 0), {{2}, {0, -1}}});
  ASSERT_TRUE(y);
  EXPECT_EQ(y->shape, (network::Shape{2, 12}));
}

TEST(Reference, ConcatJoinsAlongItsAxis) {
  expect_near(apply("Concat", {counting({2, 1}, 0), counting({2, 2}, 10)}, {{"axis", std::int64_t{1}}}),
              {0, 10, 11, 1, 12, 13});
}

TEST(Reference, ContradictingShapesAreBadInputWithTheNodesName) {
  for (const auto& y :
       {apply("Conv", {counting({1, 3, 5, 5}, 0), counting({1, 2, 3, 3}, 0)}),
        apply("MatMul", {counting({2, 3}, 0), counting({2, 3}, 0)}),
        apply("Add", {counting({2}, 0), counting({3}, 0)}), apply("Reshape", {counting({6}, 0), {{1}, {4}}}),
        apply("MaxPool", {counting({1, 1, 2, 2}, 0)}, {{"kernel_shape", Ints{3, 3}}})}) {
    ASSERT_FALSE(y);
    EXPECT_EQ(y.error().fault, Fault::bad_input);
    EXPECT_NE(y.error().where.find("'n'"), std::string::npos);
    EXPECT_FALSE(y.error().hint.empty());
  }
}

TEST(ReferenceRunner, RefusesLargeWeightsAndUnknownOperatorsWithAHint) {
  const FakeSystem system;
  auto runner = find_runner("reference")->open(system, {});
  ASSERT_TRUE(runner);
  network::Builder large("large");
  large.output(large.linear(large.input("x", {1, 100}), 100));
  const auto large_bytes = network::serialise(large.finish());
  ASSERT_TRUE(large_bytes);
  const auto refused = (*runner)->open({{}, *large_bytes}, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().hint, "use the reference runner on small networks only");

  network::Builder strange("strange");
  strange.output(strange.same("Erf", {strange.input("x", {1, 3})}));
  const auto strange_bytes = network::serialise(strange.finish());
  ASSERT_TRUE(strange_bytes);
  const auto unknown = (*runner)->open({{}, *strange_bytes}, {});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().fault, Fault::unsupported);
  EXPECT_EQ(unknown.error().what, "the reference runner has no loops for Erf");
}

TEST(ReferenceRunner, ProfilesEveryNodeOfEveryRunAndOptimisesNothing) {
  const FakeSystem system;  // every look at the clock moves it by 1 ms
  auto runner = find_runner("reference")->open(system, {});
  network::Builder builder("b");
  builder.output(builder.relu(builder.relu(builder.input("x", {1, 3}))));
  const auto bytes = network::serialise(builder.finish());
  ASSERT_TRUE(bytes);
  const Model model{{}, *bytes};
  const auto times = (*runner)->profile(model, {}, 1, 3);
  ASSERT_TRUE(times) << to_string(times.error());
  ASSERT_EQ(times->size(), 3u);
  for (const auto& run : *times) {
    ASSERT_EQ(run.size(), 2u);
    EXPECT_NEAR(milliseconds(run[0].time), 1, 1e-9);
    EXPECT_EQ(run[0].op, "Relu");
  }
  const auto graph = (*runner)->optimised_graph(model, {});
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().fault, Fault::unsupported);
}

TEST(Runners, TheBestIsFirstAndTheReferenceLast) {
  EXPECT_EQ(runner_list().front().name, "onnxruntime");
  EXPECT_EQ(runner_list().back().name, "reference");
  EXPECT_EQ(find_runner("nonesuch"), nullptr);
}

}  // namespace
}  // namespace forecost::device
