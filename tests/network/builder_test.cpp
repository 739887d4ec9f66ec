// SPDX-License-Identifier: Apache-2.0
#include "forecost/network/builder.h"

#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "forecost/outcome/outcome.h"

namespace forecost::network {
namespace {

const Tensor* initializer(const Network& network, std::string_view name) {
  for (const Tensor& tensor : network.graph.initializers) {
    if (tensor.name == name) return &tensor;
  }
  return nullptr;
}

TEST(Builder, ConvOfAlexNetHas55By55Pixels) {
  Builder b("test");
  const Value x = b.input("x", {1, 3, 224, 224});
  EXPECT_EQ(b.conv(x, 64, {.kernel = {11, 11}, .stride = {4, 4}, .pads = {2, 2, 2, 2}}).shape,
            (Shape{1, 64, 55, 55}));
  EXPECT_EQ(learned_parameters(b.finish()), 64 * 3 * 11 * 11 + 64);
}

TEST(Builder, DilatedConvKeepsItsExtentWithoutPads) {
  Builder b("test");
  const Value x = b.input("x", {1, 8, 20, 20});
  EXPECT_EQ(b.conv(x, 8, {.kernel = {3, 3}, .dilation = {4, 4}}).shape, x.shape);
}

TEST(Builder, GroupedConvHoldsOneGroupOfInputsPerFilter) {
  Builder b("test");
  const Value x = b.input("x", {1, 32, 8, 8});
  const Value y = b.conv(x, 64, {.kernel = {3, 3}, .groups = 4, .bias = false});
  EXPECT_EQ(initializer(b.finish(), y.name + ".weight")->dims, (Shape{64, 8, 3, 3}));
}

TEST(Builder, TransposedConvUndoesTheShapeOfAConv) {
  Builder b("test");
  const ConvOptions halving{.kernel = {4, 4}, .stride = {2, 2}, .pads = {1, 1, 1, 1}};
  const Value x = b.input("x", {2, 6, 16, 16});
  EXPECT_EQ(b.conv_transpose(b.conv(x, 12, halving), 6, halving).shape, x.shape);
}

TEST(Builder, CeilModeLeavesOutAWindowThatStartsInThePadding) {
  // PyTorch: ceil((5 + 2 * 1 - 2) / 2) + 1 = 4 windows, but the fourth would start at 6 = 5 + 1, in the
  // padding.
  Builder b("test");
  const Value x = b.input("x", {1, 1, 5, 5});
  const PoolOptions padded{.kernel = {2, 2}, .stride = {2, 2}, .pads = {1, 1, 1, 1}, .ceil_mode = true};
  EXPECT_EQ(b.max_pool(x, padded).shape, (Shape{1, 1, 3, 3}));
  const Value odd = b.input("odd", {1, 1, 5, 5});
  EXPECT_EQ(b.max_pool(odd, {.kernel = {2, 2}, .stride = {2, 2}, .ceil_mode = true}).shape,
            (Shape{1, 1, 3, 3}));
}

TEST(Builder, BatchNormLearnsTwoVectorsOfFour) {
  Builder b("test");
  b.batch_norm(b.input("x", {1, 10, 4, 4}));
  const Network network = b.finish();
  EXPECT_EQ(network.graph.initializers.size(), 4U);
  EXPECT_EQ(learned_parameters(network), 20);
}

TEST(Builder, LinearIsGemmOnAMatrixAndMatMulWithAddElsewhere) {
  Builder b("test");
  EXPECT_EQ(b.linear(b.input("matrix", {4, 8}), 3).shape, (Shape{4, 3}));
  EXPECT_EQ(b.linear(b.input("tokens", {4, 5, 8}), 3).shape, (Shape{4, 5, 3}));
  const Network network = b.finish();
  ASSERT_EQ(network.graph.nodes.size(), 3U);
  EXPECT_EQ(network.graph.nodes[0].op, "Gemm");
  EXPECT_EQ(network.graph.nodes[1].op, "MatMul");
  EXPECT_EQ(network.graph.nodes[2].op, "Add");
  EXPECT_EQ(learned_parameters(network), 2 * (8 * 3 + 3));
}

TEST(Builder, LayerNormIsOneNodeFromOpset17AndDecomposedBelow) {
  Builder modern("test", 17);
  modern.layer_norm(modern.input("x", {2, 3, 4}));
  EXPECT_EQ(modern.finish().graph.nodes.size(), 1U);
  Builder older("test", 16);
  EXPECT_EQ(older.layer_norm(older.input("x", {2, 3, 4})).shape, (Shape{2, 3, 4}));
  const Network network = older.finish();
  EXPECT_EQ(network.graph.nodes.size(), 9U);
  EXPECT_EQ(learned_parameters(network), 8);
}

TEST(Builder, WritesAxesWhereTheOpsetWantsThem) {
  Builder older("test", 12);
  older.squeeze(older.input("x", {2, 1, 4}), 1);
  EXPECT_NE(older.finish().graph.nodes[0].attribute<std::vector<std::int64_t>>("axes"), nullptr);
  Builder modern("test", 13);
  modern.squeeze(modern.input("x", {2, 1, 4}), 1);
  EXPECT_EQ(modern.finish().graph.nodes[0].inputs.size(), 2U);
}

TEST(Builder, ReshapeCopiesTheExtentsItKeepsInFront) {
  Builder b("test");
  const Value y = b.reshape(b.input("x", {2, 128, 768}), {2, 128, 12, -1});
  EXPECT_EQ(y.shape, (Shape{2, 128, 12, 64}));
  const Network network = b.finish();
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(*network.graph.initializers[0].values),
            (std::vector<std::int64_t>{0, 0, 12, -1}));
}

TEST(Builder, SliceCountsNegativeEndsFromTheBack) {
  Builder b("test");
  EXPECT_EQ(b.slice(b.input("x", {2, 10}), 1, 2, -3).shape, (Shape{2, 5}));
}

TEST(Builder, OutputRenamesTheTensorEverywhere) {
  Builder b("test");
  const Value y = b.relu(b.input("x", {1, 2}));
  b.output(y, "y");
  b.output(b.relu(y), "z");
  const Network network = b.finish();
  EXPECT_EQ(network.graph.nodes[0].outputs[0], "y");
  EXPECT_EQ(network.graph.nodes[1].inputs[0], "y");
  EXPECT_EQ(network.graph.outputs[1].name, "z");
}

TEST(Builder, ImportsADomainThatANodeUses) {
  Builder b("test");
  b.same("Gelu", {b.input("x", {1, 2})}, {}, "com.microsoft");
  EXPECT_EQ(b.finish().opset("com.microsoft"), 1);
}

TEST(Builder, EqualSeedsGiveEqualWeightsAndNoTwoTensorsShareOne) {
  const auto seeds = [](std::uint64_t seed) {
    Builder b("test", 17, seed);
    Value x = b.input("x", {1, 8, 8, 8});
    for (int i = 0; i < 20; ++i) x = b.conv(x, 8);
    std::vector<std::uint64_t> found;
    for (const Tensor& tensor : b.finish().graph.initializers) found.push_back(tensor.fill.seed);
    return found;
  };
  const std::vector<std::uint64_t> first = seeds(1);
  EXPECT_EQ(first, seeds(1));
  EXPECT_NE(first, seeds(2));
  EXPECT_EQ(std::set<std::uint64_t>(first.begin(), first.end()).size(), first.size());
}

RC_GTEST_PROP(BuilderLaw, ConcatUndoesSplit, ()) {
  Builder b("test");
  const auto sizes =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange(1, 9)));
  std::int64_t sum = 0;
  for (const std::int64_t size : sizes) sum += size;
  const Value x = b.input("x", {2, sum, 3});
  RC_ASSERT(b.concat(b.split(x, 1, sizes), 1).shape == x.shape);
}

RC_GTEST_PROP(BuilderLaw, BroadcastingDoesNotDependOnTheOrder, ()) {
  Builder b("test");
  const auto rank = *rc::gen::inRange<std::size_t>(1, 5);
  Shape left, right;
  for (std::size_t i = 0; i < rank; ++i) {
    const auto extent = *rc::gen::inRange<std::int64_t>(1, 6);
    left.push_back(*rc::gen::element<std::int64_t>(1, extent));
    right.push_back(*rc::gen::element<std::int64_t>(1, extent));
  }
  const Value x = b.input("x", left);
  const Value y = b.input("y", right);
  RC_ASSERT(b.add(x, y).shape == b.add(y, x).shape);
}

RC_GTEST_PROP(BuilderLaw, TransposingBackRestoresTheShape, ()) {
  Builder b("test");
  const Value x =
      b.input("x", {*rc::gen::inRange<std::int64_t>(1, 9), 2, *rc::gen::inRange<std::int64_t>(1, 9)});
  RC_ASSERT(b.transpose(b.transpose(x, {2, 0, 1}), {1, 2, 0}).shape == x.shape);
}

TEST(BuilderRefuses, ExtentsThatDoNotBroadcast) {
  Builder b("test");
  const Value x = b.input("x", {2, 3});
  const Value y = b.input("y", {2, 4});
  EXPECT_THROW(b.add(x, y), BrokenContract);
}

TEST(BuilderRefuses, AProductOfMatricesThatDoNotFit) {
  Builder b("test");
  const Value x = b.input("x", {2, 3});
  EXPECT_THROW(b.matmul(x, x), BrokenContract);
}

TEST(BuilderRefuses, GroupsThatDoNotDivideTheChannels) {
  Builder b("test");
  const Value x = b.input("x", {1, 10, 4, 4});
  EXPECT_THROW(b.conv(x, 12, {.groups = 4}), BrokenContract);
}

TEST(BuilderRefuses, AReshapeThatLosesElements) {
  Builder b("test");
  const Value x = b.input("x", {2, 6});
  EXPECT_THROW(b.reshape(x, {2, 5}), BrokenContract);
  EXPECT_THROW(b.reshape(x, {5, -1}), BrokenContract);
}

TEST(BuilderRefuses, AnOpsetOlderThan7) {
  EXPECT_THROW(Builder("test", 6), BrokenContract);
}

}  // namespace
}  // namespace forecost::network
