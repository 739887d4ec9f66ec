// SPDX-License-Identifier: Apache-2.0
#include "forecost/network/network.h"

#include <algorithm>
#include <array>

namespace forecost::network {
namespace {

struct TypeCard {
  std::string_view name;
  int bits;
};

/// Indexed by the number of the type in TensorProto.DataType.
constexpr std::array<TypeCard, 29> type_cards{{
    {"undefined", 0},      {"float32", 32},  {"uint8", 8},        {"int8", 8},           {"uint16", 16},
    {"int16", 16},         {"int32", 32},    {"int64", 64},       {"string", 0},         {"bool", 8},
    {"float16", 16},       {"float64", 64},  {"uint32", 32},      {"uint64", 64},        {"complex64", 64},
    {"complex128", 128},   {"bfloat16", 16}, {"float8e4m3fn", 8}, {"float8e4m3fnuz", 8}, {"float8e5m2", 8},
    {"float8e5m2fnuz", 8}, {"uint4", 4},     {"int4", 4},         {"float4e2m1", 4},     {"float8e8m0", 8},
    {"uint2", 2},          {"int2", 2},      {"float6e2m3", 6},   {"float6e3m2", 6},
}};

const TypeCard& card_of(ElementType type) {
  const auto index = static_cast<std::size_t>(type);
  return type_cards[index < type_cards.size() ? index : 0];
}

}  // namespace

int bits_of(ElementType type) {
  return card_of(type).bits;
}

std::string_view name_of(ElementType type) {
  return card_of(type).name;
}

std::optional<std::int64_t> elements_of(const Shape& shape) {
  if (std::any_of(shape.begin(), shape.end(), [](std::int64_t extent) { return extent < 0; })) return {};
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  constexpr std::int64_t most = std::int64_t{1} << 62;
  std::int64_t product = 1;
  for (const std::int64_t extent : shape) {
    if (extent > most / product) return {};
    product *= extent;
  }
  return product;
}

std::optional<Bytes> bytes_of(ElementType type, const Shape& shape) {
  const auto elements = elements_of(shape);
  if (!elements) return {};
  const std::int64_t bits = bits_of(type);
  std::int64_t whole = 0;
  if (__builtin_mul_overflow(*elements / 8, bits, &whole)) return {};
  std::int64_t size = 0;
  if (__builtin_add_overflow(whole, (*elements % 8 * bits + 7) / 8, &size)) return {};
  return Bytes(size);
}

std::int64_t Node::int_or(std::string_view key, std::int64_t other) const {
  const auto* found = attribute<std::int64_t>(key);
  return found ? *found : other;
}

double Node::real_or(std::string_view key, double other) const {
  const auto* found = attribute<double>(key);
  return found ? *found : other;
}

std::string Node::string_or(std::string_view key, const std::string& other) const {
  const auto* found = attribute<std::string>(key);
  return found ? *found : other;
}

std::vector<std::int64_t> Node::ints_or(std::string_view key, const std::vector<std::int64_t>& other) const {
  const auto* found = attribute<std::vector<std::int64_t>>(key);
  return found ? *found : other;
}

std::int64_t Network::opset(std::string_view domain) const {
  const auto found = opsets.find(domain == "ai.onnx" ? std::string_view() : domain);
  return found == opsets.end() ? 0 : found->second;
}

}  // namespace forecost::network
