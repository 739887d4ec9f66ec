// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

using ::testing::HasSubstr;

Wanted microsoft() {
  return {.domain = "com.microsoft"};
}

std::vector<TensorFact> quantised(Shape shape) {
  const auto zero = constant({}, ElementType::uint8);
  return {input(std::move(shape), ElementType::uint8), constant({}), zero, constant({}), zero};
}

TEST(QLinearAdd, Broadcasts) {
  const auto zero = constant({}, ElementType::uint8);
  const auto made = called("QLinearAdd",
                           {input({2, 8, 4, 4}, ElementType::uint8), constant({}), zero,
                            input({8, 1, 1}, ElementType::uint8), constant({}), zero, constant({}), zero},
                           {}, microsoft());
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ(made.shape(), (Shape{2, 8, 4, 4}));
  EXPECT_EQ((*made.outputs)[0].element, ElementType::uint8);
}

TEST(QLinearConcat, SumsTheAxisOverEveryThirdInput) {
  const auto zero = constant({}, ElementType::uint8);
  const auto scale = constant({});
  const auto join = [&](Shape a, Shape b) {
    return called("QLinearConcat",
                  {scale, zero, input(std::move(a), ElementType::uint8), scale, zero,
                   input(std::move(b), ElementType::uint8), scale, zero},
                  {{"axis", std::int64_t{1}}}, microsoft());
  };
  EXPECT_EQ(join({1, 3, 4}, {1, 5, 4}).shape(), (Shape{1, 8, 4}));
  const auto wrong = join({1, 3, 4}, {1, 5, 6});
  ASSERT_FALSE(wrong.outputs);
  EXPECT_THAT(wrong.outputs.error().hint, HasSubstr("but that of the axis"));
}

TEST(QLinearPools, KnowBothLayouts) {
  const AttributeMap window{{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}};
  EXPECT_EQ(called("QLinearAveragePool", quantised({1, 6, 9, 11}), window, microsoft()).shape(),
            (Shape{1, 6, 4, 5}));
  EXPECT_EQ(called("NhwcMaxPool", {input({1, 9, 11, 6}, ElementType::uint8)}, window, microsoft()).shape(),
            (Shape{1, 4, 5, 6}));
  EXPECT_EQ(called("QLinearGlobalAveragePool", quantised({1, 9, 11, 6}), {{"channels_last", std::int64_t{1}}},
                   microsoft())
                .shape(),
            (Shape{1, 1, 1, 6}));
  EXPECT_EQ(called("QLinearGlobalAveragePool", quantised({1, 6, 9, 11}), {}, microsoft()).shape(),
            (Shape{1, 6, 1, 1}));
}

TEST(QLinearActivations, AreTables) {
  EXPECT_EQ(called("QLinearSigmoid", quantised({2, 8}), {}, microsoft()).cost.operations.value, 16);
  EXPECT_EQ(called("QLinearLeakyRelu", quantised({2, 8}), {}, microsoft()).cost.operations.value, 16);
  EXPECT_EQ(called("QLinearSoftmax", quantised({2, 8}), {}, microsoft()).cost.operations.value, 80);
}

}  // namespace
}  // namespace forecost::layer
