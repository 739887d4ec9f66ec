// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

using ::testing::HasSubstr;

TEST(QuantizeLinear, TheZeroPointOrAnAttributeNamesTheType) {
  const auto scale = constant({});
  const auto made = called("QuantizeLinear", {input({2, 8}), scale, constant({}, ElementType::int8)});
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ((*made.outputs)[0].element, ElementType::int8);
  EXPECT_EQ(made.cost.written.value, 16);
  EXPECT_EQ((*called("QuantizeLinear", {input({2, 8}), scale}).outputs)[0].element, ElementType::uint8);
  const auto stated = called("QuantizeLinear", {input({2, 8}), scale}, {{"output_dtype", std::int64_t{5}}});
  EXPECT_EQ((*stated.outputs)[0].element, ElementType::int16);
}

TEST(DequantizeLinear, TheScaleNamesTheType) {
  const auto made =
      called("DequantizeLinear", {constant({8, 4}, ElementType::int8), constant({8}, ElementType::float16)},
             {{"axis", std::int64_t{0}}});
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ((*made.outputs)[0].element, ElementType::float16);
  EXPECT_TRUE((*made.outputs)[0].constant);
}

TEST(DequantizeLinear, AScaleThatFitsNoAxisIsRefused) {
  const auto made = called("DequantizeLinear", {input({8, 4}, ElementType::int8), constant({5})});
  ASSERT_FALSE(made.outputs);
  EXPECT_THAT(made.outputs.error().hint, HasSubstr("one per slice"));
}

TEST(DynamicQuantizeLinear, GivesBytesAScaleAndAZeroPoint) {
  const auto made = called("DynamicQuantizeLinear", {input({2, 8})}, {}, {.outputs = 3});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.cost.written.value, 16 + 4 + 1);
}

}  // namespace
}  // namespace forecost::layer
