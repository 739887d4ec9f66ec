// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

using ::testing::HasSubstr;

TEST(Resize, NearestMovesDataAndDoesNoArithmetic) {
  const auto made = called("Resize", {input({1, 2, 4, 5}), absent(), reals({1, 1, 2, 2})}, {}, {.opset = 13});
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ(made.shape(), (Shape{1, 2, 8, 10}));
  EXPECT_EQ(made.cost.operations.value, 0);
}

TEST(Resize, BilinearTakesFourNeighboursAndCubicSixteen) {
  const std::vector<TensorFact> inputs{input({1, 2, 4, 4}), absent(), reals({1, 1, 2, 2})};
  EXPECT_EQ(called("Resize", inputs, {{"mode", std::string("linear")}}).cost.operations.value, 128 * 8);
  EXPECT_EQ(called("Resize", inputs, {{"mode", std::string("cubic")}}).cost.operations.value, 128 * 32);
}

TEST(Resize, ExtentsAreFlooredInSinglePrecision) {
  // 0.7f * 10 is 6.99999988 exactly and 7 in single precision; ONNX Runtime 1.32 gives 7.
  const auto scale = static_cast<double>(0.7F);
  EXPECT_EQ(called("Resize", {input({1, 1, 10}), absent(), reals({1, 1, scale})}).shape(), (Shape{1, 1, 7}));
}

TEST(Resize, SizesWinOverAnEmptyScale) {
  const auto made = called("Resize", {input({1, 2, 4, 4}), absent(), reals({}), integers({1, 2, 7, 9})});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.shape(), (Shape{1, 2, 7, 9}));
}

TEST(Resize, AxesAndAspectPoliciesOfOpset18) {
  // onnx/docs/Operators.md, Resize: not_larger takes the smallest scale, not_smaller the largest.
  const std::vector<TensorFact> inputs{input({1, 1, 2, 4}), absent(), absent(), integers({7, 8})};
  AttributeMap attributes{{"axes", Ints{2, 3}}, {"keep_aspect_ratio_policy", std::string("not_larger")}};
  EXPECT_EQ(called("Resize", inputs, attributes).shape(), (Shape{1, 1, 4, 8}));
  attributes.insert_or_assign("keep_aspect_ratio_policy", std::string("not_smaller"));
  EXPECT_EQ(called("Resize", inputs, attributes).shape(), (Shape{1, 1, 7, 14}));
}

TEST(Resize, OlderFormsAreUnderstood) {
  EXPECT_EQ(called("Resize", {input({1, 2, 4, 4}), reals({1, 1, 2, 2})}, {}, {.opset = 10}).shape(),
            (Shape{1, 2, 8, 8}));
  EXPECT_EQ(called("Upsample", {input({1, 2, 4, 4}), reals({1, 1, 2, 3})}, {}, {.opset = 9}).shape(),
            (Shape{1, 2, 8, 12}));
  EXPECT_EQ(called("Upsample", {input({1, 2, 4, 4})}, {{"scales", Reals{1, 1, 2, 3}}}, {.opset = 7}).shape(),
            (Shape{1, 2, 8, 12}));
}

TEST(Resize, UnknownOrSenselessSizesAreRefusedWithAHint) {
  const auto unknown = called("Resize", {input({1, 2, 4, 4}), absent(), input({4})});
  ASSERT_FALSE(unknown.outputs);
  EXPECT_THAT(unknown.outputs.error().hint, HasSubstr("constants"));
  EXPECT_FALSE(called("Resize", {input({1, 2, 4, 4})}).outputs);
  EXPECT_FALSE(called("Resize", {input({1, 2, 4, 4}), absent(), reals({1, 2})}).outputs);
  EXPECT_FALSE(called("Resize", {input({1, 2, 4, 4}), absent(), reals({1, 1, -2, 2})}).outputs);
  EXPECT_FALSE(called("Resize", {input({1, 2, 4, 4}), absent(), reals({1, 1, 1e30, 2})}).outputs);
}

}  // namespace
}  // namespace forecost::layer
