// SPDX-License-Identifier: Apache-2.0
#include "forecost/network/network.h"

#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "forecost/network/small_floats.h"

namespace forecost::network {
namespace {

TEST(Network, ElementTypesHaveTheirSizes) {
  EXPECT_EQ(bits_of(ElementType::float32), 32);
  EXPECT_EQ(bits_of(ElementType::bfloat16), 16);
  EXPECT_EQ(bits_of(ElementType::boolean), 8);
  EXPECT_EQ(bits_of(ElementType::complex128), 128);
  EXPECT_EQ(bits_of(ElementType::int4), 4);
  EXPECT_EQ(bits_of(ElementType::uint2), 2);
  EXPECT_EQ(bits_of(ElementType::string), 0);
  EXPECT_EQ(bits_of(static_cast<ElementType>(1000)), 0);
  EXPECT_EQ(name_of(ElementType::boolean), "bool");
  EXPECT_EQ(name_of(ElementType::float8e5m2fnuz), "float8e5m2fnuz");
}

TEST(Network, ElementsAreTheProductOfTheExtents) {
  EXPECT_EQ(elements_of({}), 1);
  EXPECT_EQ(elements_of({64, 3, 7, 7}), 9408);
  EXPECT_EQ(elements_of({0, std::int64_t{1} << 62, 4}), 0);
  EXPECT_EQ(elements_of({std::int64_t{1} << 62}), std::int64_t{1} << 62);
  EXPECT_FALSE(elements_of({std::int64_t{1} << 32, std::int64_t{1} << 31}));
  EXPECT_FALSE(elements_of({3, -1}));
  EXPECT_FALSE(elements_of({0, -1}));
}

TEST(Network, BytesPackSubByteTypes) {
  EXPECT_EQ(bytes_of(ElementType::float32, {2, 3}), Bytes(24));
  EXPECT_EQ(bytes_of(ElementType::int4, {3}), Bytes(2));
  EXPECT_EQ(bytes_of(ElementType::uint2, {5}), Bytes(2));
  EXPECT_EQ(bytes_of(ElementType::float6e2m3, {4}), Bytes(3));
  EXPECT_FALSE(bytes_of(ElementType::float32, {std::int64_t{1} << 62}));
  EXPECT_EQ(bytes_of(ElementType::uint8, {std::int64_t{1} << 62}), Bytes(std::int64_t{1} << 62));
}

TEST(Network, AttributesOfAnotherTypeCountAsAbsent) {
  Node node;
  node.attributes["axis"] = std::int64_t{2};
  node.attributes["alpha"] = 0.5;
  node.attributes["mode"] = std::string("linear");
  node.attributes["pads"] = std::vector<std::int64_t>{1, 2};
  EXPECT_EQ(node.int_or("axis", 9), 2);
  EXPECT_EQ(node.int_or("alpha", 9), 9);
  EXPECT_EQ(node.real_or("alpha", 9), 0.5);
  EXPECT_EQ(node.string_or("mode", "nearest"), "linear");
  EXPECT_EQ(node.string_or("other", "nearest"), "nearest");
  EXPECT_EQ(node.ints_or("pads", {}), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(node.attribute<std::string>("axis"), nullptr);
}

TEST(Network, TheStandardDomainHasTwoNames) {
  Network network;
  network.opsets[""] = 17;
  EXPECT_EQ(network.opset("ai.onnx"), 17);
  EXPECT_EQ(network.opset("com.microsoft"), 0);
}

TEST(SmallFloats, HalfHasItsLandmarks) {  // IEEE 754-2019, binary16
  const SmallFloat half = *small_float(ElementType::float16);
  EXPECT_EQ(decode(half, 0x3C00), 1.0);
  EXPECT_EQ(decode(half, 0x7BFF), 65504.0);
  EXPECT_EQ(decode(half, 0x0001), std::ldexp(1.0, -24));
  EXPECT_EQ(encode(half, 65519.0), 0x7BFFU);
  EXPECT_EQ(encode(half, 65520.0), 0x7C00U) << "rounds to infinity";
  EXPECT_EQ(encode(half, -1e9), 0xFC00U);
  EXPECT_EQ(encode(half, 1 + std::ldexp(1.0, -11)), 0x3C00U) << "ties go to the even neighbour";
  EXPECT_EQ(encode(half, 1 + 3 * std::ldexp(1.0, -11)), 0x3C02U);
}

TEST(SmallFloats, EightBitsHaveTheirLimits) {  // OCP 8-bit floating point 1.0, table 1
  EXPECT_EQ(decode(*small_float(ElementType::float8e4m3fn), 0x7E), 448.0);
  EXPECT_TRUE(std::isnan(decode(*small_float(ElementType::float8e4m3fn), 0x7F)));
  EXPECT_EQ(decode(*small_float(ElementType::float8e5m2), 0x7B), 57344.0);
  EXPECT_EQ(decode(*small_float(ElementType::float8e4m3fnuz), 0x7F), 240.0);
  EXPECT_TRUE(std::isnan(decode(*small_float(ElementType::float8e4m3fnuz), 0x80)));
  EXPECT_EQ(decode(*small_float(ElementType::float8e8m0), 128), 2.0);
  EXPECT_EQ(encode(*small_float(ElementType::float8e4m3fn), 1e9), 0x7EU) << "no infinity: the largest";
  EXPECT_EQ(decode(*small_float(ElementType::float4e2m1), 0x7), 6.0);
}

TEST(SmallFloats, EveryPatternSurvivesDecodingAndEncoding) {
  for (const ElementType type :
       {ElementType::float16, ElementType::bfloat16, ElementType::float8e4m3fn, ElementType::float8e4m3fnuz,
        ElementType::float8e5m2, ElementType::float8e5m2fnuz, ElementType::float4e2m1,
        ElementType::float8e8m0, ElementType::float6e2m3, ElementType::float6e3m2}) {
    const SmallFloat format = *small_float(type);
    for (std::uint32_t bits = 0; bits < 1U << bits_of(type); ++bits) {
      const double value = decode(format, bits);
      if (std::isnan(value)) {
        EXPECT_TRUE(std::isnan(decode(format, encode(format, value)))) << name_of(type);
      } else {
        ASSERT_EQ(encode(format, value), bits) << name_of(type) << " " << value;
      }
    }
  }
}

TEST(SmallFloats, EncodingPicksTheNearest) {
  EXPECT_TRUE(rc::check([](std::uint16_t bits, std::uint8_t part) {
    const SmallFloat half = *small_float(ElementType::float16);
    const double low = decode(half, bits & 0x7BFEU);
    const double high = decode(half, (bits & 0x7BFEU) + 1);
    const double value = low + (high - low) * part / 255.0;
    const double found = decode(half, encode(half, value));
    RC_ASSERT(std::abs(found - value) <= std::min(value - low, high - value));
  }));
}

}  // namespace
}  // namespace forecost::network
