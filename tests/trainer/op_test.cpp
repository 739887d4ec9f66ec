// SPDX-License-Identifier: Apache-2.0
// Values computed by hand; operators that networks of templates are made of are also compared with the
// reference runner in trainable_network_test.cpp.
#include "trainer/op.h"

#include <cmath>
#include <set>

#include <ATen/CPUGeneratorImpl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/network/builder.h"

namespace forecost::trainer {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pointwise;
using Ints = std::vector<std::int64_t>;

struct Around {
  std::int64_t opset = 17;
  Mode mode = Mode::judged;
  std::vector<std::string> outputs{"y"};
};

std::vector<at::Tensor> applied(const std::string& op, std::vector<at::Tensor> inputs,
                                network::Attributes attributes = {}, const Around& around = {}) {
  network::Node node;
  node.op = op;
  node.outputs = around.outputs;
  node.attributes = std::move(attributes);
  Call call{
      node, std::move(inputs), around.opset, around.mode, 1, at::make_generator<at::CPUGeneratorImpl>(1)};
  return find_op(op)(call);
}

std::vector<float> numbers(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.to(at::kFloat).contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

at::Tensor counting(at::IntArrayRef shape) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  return at::arange(1, count + 1, at::kFloat).reshape(shape);
}

TEST(Op, NoNameIsTwice) {
  std::set<std::string_view> names;
  for (const auto* table : {&window_ops(), &arithmetic_ops(), &layout_ops(), &logic_ops(), &sequence_ops()}) {
    for (const NamedOp& op : *table) EXPECT_TRUE(names.insert(op.name).second) << op.name;
  }
  EXPECT_EQ(find_op("NonMaxSuppression"), nullptr);
}

TEST(Op, GruHasItsGatesInOnnxsOrder) {
  const at::Tensor x = at::full({1, 1, 1}, 2.0);
  const at::Tensor w = at::tensor({0.5F, 7.0F, -0.3F}).reshape({1, 3, 1});  // update, reset, hidden
  const auto y = applied("GRU", {x, w, at::zeros({1, 3, 1})},
                         {{"linear_before_reset", std::int64_t{1}}, {"hidden_size", std::int64_t{1}}});
  const double z = 1 / (1 + std::exp(-1.0));
  EXPECT_NEAR(y[0].item<double>(), (1 - z) * std::tanh(-0.6), 1e-6);
  EXPECT_THROW(applied("GRU", {x, w, at::zeros({1, 3, 1})}), Untrainable);
}

TEST(Op, OrdersAndChoicesOfSmallTensors) {
  const at::Tensor x = at::tensor({3.0F, 1.0F, 2.0F, 4.0F}).reshape({2, 2});
  EXPECT_THAT(numbers(applied("ReduceProd", {x}, {{"axes", Ints{1}}})[0]), ElementsAre(3, 8));
  EXPECT_THAT(numbers(applied("CumSum", {x, at::tensor({std::int64_t{1}})})[0]), ElementsAre(3, 4, 2, 6));
  EXPECT_THAT(numbers(applied("Tile", {x, at::tensor({std::int64_t{1}, std::int64_t{2}})})[0]),
              ElementsAre(3, 1, 3, 1, 2, 4, 2, 4));
  EXPECT_THAT(numbers(applied("ArgMax", {x}, {{"axis", std::int64_t{1}}})[0]), ElementsAre(0, 1));
  EXPECT_THAT(numbers(applied("TopK", {x, at::tensor({std::int64_t{1}})})[0]), ElementsAre(3, 4));
  EXPECT_THAT(numbers(applied("Where", {x.gt(2), x, at::zeros({2, 2})})[0]), ElementsAre(3, 0, 0, 4));
  const at::Tensor channels = counting({1, 4, 1, 1});
  EXPECT_THAT(numbers(applied("DepthToSpace", {channels}, {{"blocksize", std::int64_t{2}}})[0]),
              ElementsAre(1, 2, 3, 4));
}

TEST(Op, ConvWithUnevenPadsAddsOneRowAtTheEnd) {
  const auto y =
      applied("Conv", {counting({1, 1, 2, 2}), at::ones({1, 1, 2, 2})}, {{"pads", Ints{0, 0, 1, 1}}});
  EXPECT_THAT(numbers(y[0]), ElementsAre(10, 6, 7, 4));
}

TEST(Op, ConvInGroupsKeepsThemApart) {
  const auto y = applied(
      "Conv", {counting({1, 2, 1, 1}), at::tensor({10.0, 100.0}).to(at::kFloat).reshape({2, 1, 1, 1})},
      {{"group", std::int64_t{2}}});
  EXPECT_THAT(numbers(y[0]), ElementsAre(10, 200));
}

TEST(Op, ConvWithSameUpperPutsTheOddRowAtTheEnd) {
  const auto upper = applied("Conv", {counting({1, 1, 1, 2}), at::ones({1, 1, 1, 2})},
                             {{"auto_pad", std::string("SAME_UPPER")}});
  EXPECT_THAT(numbers(upper[0]), ElementsAre(3, 2));
  const auto lower = applied("Conv", {counting({1, 1, 1, 2}), at::ones({1, 1, 1, 2})},
                             {{"auto_pad", std::string("SAME_LOWER")}});
  EXPECT_THAT(numbers(lower[0]), ElementsAre(1, 3));
}

TEST(Op, MaxPoolPadsWithNothing) {
  const auto y = applied("MaxPool", {counting({1, 1, 2, 2}).neg()},
                         {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}});
  EXPECT_THAT(numbers(y[0]), ElementsAre(-1, -2, -3, -4));
}

TEST(Op, AveragePoolCountsPadsOnlyWhenAsked) {
  network::Attributes attributes{
      {"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}};
  EXPECT_THAT(numbers(applied("AveragePool", {counting({1, 1, 2, 2})}, attributes)[0]),
              ElementsAre(1, 2, 3, 4));
  attributes["count_include_pad"] = std::int64_t{1};
  EXPECT_THAT(numbers(applied("AveragePool", {counting({1, 1, 2, 2})}, attributes)[0]),
              ElementsAre(0.25F, 0.5F, 0.75F, 1));
}

TEST(Op, BatchNormalizationMovesItsStatisticsWhileLearningAlone) {
  const at::Tensor mean = at::zeros({1});
  const at::Tensor variance = at::ones({1});
  const std::vector<at::Tensor> inputs{counting({2, 1, 1, 2}), at::ones({1}), at::zeros({1}), mean, variance};
  EXPECT_THAT(numbers(applied("BatchNormalization", inputs, {{"epsilon", 0.0}})[0]), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(numbers(mean), ElementsAre(0));
  const auto y = applied("BatchNormalization", inputs, {}, {.mode = Mode::learning});
  EXPECT_NEAR(y[0].mean().item<double>(), 0, 1e-6);
  EXPECT_THAT(numbers(mean), ElementsAre(FloatNear(0.25F, 1e-6F)));  // a tenth of the mean 2.5
}

TEST(Op, LrnDividesByTheSquaresOfItsNeighbours) {
  // channel 2 of 1, 2, 3: 2 / (1 + 1 / 3 * (1 + 4 + 9)) ^ 1
  const auto y = applied("LRN", {counting({1, 3, 1, 1})},
                         {{"size", std::int64_t{3}}, {"alpha", 1.0}, {"beta", 1.0}, {"bias", 1.0}});
  EXPECT_NEAR(y[0][0][1].item<double>(), 2 / (1 + 14.0 / 3), 1e-6);
}

TEST(Op, GemmScalesAndTurns) {
  const auto y = applied("Gemm", {counting({2, 2}), counting({2, 2}), at::ones({2})},
                         {{"alpha", 2.0}, {"beta", 3.0}, {"transA", std::int64_t{1}}});
  // [[1, 3], [2, 4]] times [[1, 2], [3, 4]] is [[10, 14], [14, 20]]
  EXPECT_THAT(numbers(y[0]), ElementsAre(23, 31, 31, 43));
}

TEST(Op, SoftmaxBeforeOpset13TakesAllLaterAxesAsOne) {
  const at::Tensor zeros = at::zeros({1, 2, 2});
  EXPECT_THAT(numbers(applied("Softmax", {zeros}, {{"axis", std::int64_t{1}}}, {.opset = 11})[0]),
              ElementsAre(0.25F, 0.25F, 0.25F, 0.25F));
  EXPECT_THAT(numbers(applied("Softmax", {zeros}, {{"axis", std::int64_t{1}}})[0]),
              ElementsAre(0.5F, 0.5F, 0.5F, 0.5F));
}

TEST(Op, DropoutKeepsTheMeanWhileLearningAndDoesNothingAfterwards) {
  const at::Tensor ones = at::ones({10000});
  const auto learning = applied("Dropout", {ones}, {{"ratio", 0.25}}, {.opset = 7, .mode = Mode::learning});
  // 10000 draws of 0 or 4/3 with mean 1: deviation of their mean 0.0058, five of them
  EXPECT_NEAR(learning[0].mean().item<double>(), 1, 0.029);
  EXPECT_LT(learning[0].min().item<double>(), 0.5);
  EXPECT_TRUE(applied("Dropout", {ones})[0].equal(ones));
}

TEST(Op, ReshapeKeepsExtentsThatAreZeroAndFollowsTheBatch) {
  const at::Tensor x = at::zeros({4, 3, 2});
  EXPECT_EQ(applied("Reshape", {x, at::tensor({0, -1}, at::kLong)})[0].sizes().vec(), (Ints{4, 6}));
  EXPECT_EQ(applied("Reshape", {x, at::tensor({1, 6}, at::kLong)})[0].sizes().vec(), (Ints{4, 6}));
  EXPECT_EQ(applied("Reshape", {x, at::tensor({1, -1}, at::kLong)})[0].sizes().vec(), (Ints{4, 6}));
}

TEST(Op, LayoutOperatorsMoveNumbersAsOnnxSays) {
  const at::Tensor x = counting({2, 3});
  EXPECT_THAT(numbers(applied("Transpose", {x})[0]), ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(numbers(applied("Concat", {x, x}, {{"axis", std::int64_t{-1}}})[0].slice(0, 0, 1)),
              ElementsAre(1, 2, 3, 1, 2, 3));
  const auto parts = applied("Split", {x}, {{"axis", std::int64_t{1}}}, {.outputs = {"a", "b"}});
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_THAT(numbers(parts[1]), ElementsAre(3, 6));
  EXPECT_THAT(numbers(applied("Slice", {x, at::tensor({-2}, at::kLong), at::tensor({100}, at::kLong),
                                        at::tensor({1}, at::kLong)})[0]),
              ElementsAre(2, 3, 5, 6));
  EXPECT_THAT(numbers(applied("Gather", {x, at::tensor({-1, 0}, at::kLong)}, {{"axis", std::int64_t{1}}})[0]),
              ElementsAre(3, 1, 6, 4));
  EXPECT_EQ(applied("Unsqueeze", {x, at::tensor({0, -1}, at::kLong)})[0].sizes().vec(), (Ints{1, 2, 3, 1}));
  EXPECT_EQ(applied("Flatten", {counting({2, 3, 4})}, {{"axis", std::int64_t{2}}})[0].sizes().vec(),
            (Ints{6, 4}));
  EXPECT_EQ(applied("Expand", {at::ones({3, 1}), at::tensor({2, 1, 4}, at::kLong)})[0].sizes().vec(),
            (Ints{2, 3, 4}));
}

TEST(Op, ActivationsHaveTheirOnnxDefaults) {
  const at::Tensor x = at::tensor({-1.0, 0.0, 2.0}).to(at::kFloat);
  EXPECT_THAT(numbers(applied("HardSigmoid", {x})[0]), Pointwise(FloatNear(1e-6F), {0.3F, 0.5F, 0.9F}));
  EXPECT_THAT(numbers(applied("HardSwish", {x})[0]),
              Pointwise(FloatNear(1e-6F), {-1.0F / 3, 0.0F, 5.0F / 3}));
  EXPECT_THAT(numbers(applied("LeakyRelu", {x})[0]), Pointwise(FloatNear(1e-6F), {-0.01F, 0.0F, 2.0F}));
  EXPECT_THAT(numbers(applied("Clip", {x, at::scalar_tensor(0), at::scalar_tensor(1)})[0]),
              ElementsAre(0, 0, 1));
  EXPECT_THAT(numbers(applied("Clip", {x}, {{"min", -0.5}}, {.opset = 7})[0]), ElementsAre(-0.5F, 0, 2));
}

TEST(Op, WhatCannotBeTrainedSaysSo) {
  EXPECT_THROW(applied("Slice", {counting({3}), at::tensor({2}, at::kLong), at::tensor({0}, at::kLong),
                                 at::tensor({0}, at::kLong), at::tensor({-1}, at::kLong)}),
               Untrainable);
  EXPECT_THROW(applied("Pad", {counting({3})}, {{"mode", std::string("reflect")}}), Untrainable);
  EXPECT_THROW(applied("Relu", {}), Untrainable);
  EXPECT_THROW(applied("MaxPool", {counting({1, 1, 4})}, {{"kernel_shape", Ints{2}}}), Untrainable);
}

}  // namespace
}  // namespace forecost::trainer
