// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

TEST(Constant, HasManyForms) {
  EXPECT_EQ(called("Constant", {}, {{"value_ints", Ints{3, 4}}}).integers(), (Ints{3, 4}));
  EXPECT_EQ(called("Constant", {}, {{"value_float", 0.5}}).reals(), (Reals{0.5}));
  network::Tensor tensor;
  tensor.element = ElementType::int64;
  tensor.dims = {2};
  tensor.values = Ints{7, 8};
  const auto made = called("Constant", {}, {{"value", tensor}});
  EXPECT_EQ(made.integers(), (Ints{7, 8}));
  EXPECT_TRUE(made.outputs->front().constant);
  EXPECT_FALSE(called("Constant", {}).outputs);
}

TEST(ConstantOfShape, FillsSmallTensors) {
  network::Tensor one;
  one.element = ElementType::int64;
  one.dims = {1};
  one.values = Ints{1};
  EXPECT_EQ(called("ConstantOfShape", {integers({3})}, {{"value", one}}).integers(), (Ints{1, 1, 1}));
  const auto zeros = called("ConstantOfShape", {integers({2, 2})});
  EXPECT_EQ(zeros.outputs->front().element, ElementType::float32);
  EXPECT_EQ(zeros.reals(), (Reals{0, 0, 0, 0}));
}

TEST(ConstantOfShape, StandsForWeightsOfAnySize) {
  const auto made = called("ConstantOfShape", {integers({4096, 9216})});
  EXPECT_EQ(made.shape(), (Shape{4096, 9216}));
  EXPECT_TRUE(made.outputs->front().constant);
  EXPECT_FALSE(made.outputs->front().values);
}

TEST(ConstantOfShape, NegativeExtentsAreRefused) {
  EXPECT_FALSE(called("ConstantOfShape", {integers({-1, 2})}).outputs);
}

TEST(Range, CountsSteps) {
  const auto made =
      called("Range", {scalar(std::int64_t{1}), scalar(std::int64_t{10}), scalar(std::int64_t{4})});
  EXPECT_EQ(made.integers(), (Ints{1, 5, 9}));
  EXPECT_EQ(called("Range", {scalar(5.0), scalar(1.0), scalar(-2.0)}).reals(), (Reals{5, 3}));
  EXPECT_EQ(called("Range", {scalar(5.0), scalar(1.0), scalar(2.0)}).shape(), (Shape{0}));
}

TEST(Range, AStepOfZeroIsRefused) {
  EXPECT_FALSE(called("Range", {scalar(0.0), scalar(1.0), scalar(0.0)}).outputs);
}

TEST(RandomNormal, IsNotConstant) {
  const auto made = called("RandomNormal", {}, {{"shape", Ints{2, 3}}});
  EXPECT_EQ(made.shape(), (Shape{2, 3}));
  EXPECT_FALSE(made.outputs->front().constant);
}

}  // namespace
}  // namespace forecost::layer
