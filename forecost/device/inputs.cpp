// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/inputs.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace forecost::device {
namespace {

using network::ElementType;

std::uint64_t mixed(std::uint64_t x) {  // splitmix64's finaliser
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

std::uint64_t seed_of(std::string_view name) {  // FNV-1a
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

/// Sum of four 16-bit uniforms, centred, scaled to variance 1.
double near_normal(std::uint64_t bits) {
  const auto sum =
      static_cast<double>((bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48));
  return (sum / 65535.0 - 2.0) * 1.7320508075688772;
}

std::uint16_t half_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = bits >> 16 & 0x8000U;
  const auto exponent = static_cast<int>(bits >> 23 & 0xff) - 127 + 15;
  if (exponent <= 0) return static_cast<std::uint16_t>(sign);  // zero instead of a denormal
  if (exponent >= 31) return static_cast<std::uint16_t>(sign | 0x7bffU);
  return static_cast<std::uint16_t>(sign | static_cast<std::uint32_t>(exponent) << 10 |
                                    (bits >> 13 & 0x3ffU));
}

double half_value(std::uint16_t bits) {
  const double sign = (bits & 0x8000U) != 0 ? -1 : 1;
  const int exponent = bits >> 10 & 0x1f;
  const int mantissa = bits & 0x3ff;
  if (exponent == 31) {
    return mantissa != 0 ? std::numeric_limits<double>::quiet_NaN()
                         : sign * std::numeric_limits<double>::infinity();
  }
  return sign * (exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25));
}

template <typename T>
void store(std::byte* at, T value) {
  std::memcpy(at, &value, sizeof(T));
}

template <typename T>
double load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return static_cast<double>(value);
}

bool is_real(ElementType type) {
  return type == ElementType::float32 || type == ElementType::float64 || type == ElementType::float16 ||
         type == ElementType::bfloat16;
}

void store_real(ElementType type, std::byte* at, double value) {
  switch (type) {
    case ElementType::float32:
      return store(at, static_cast<float>(value));
    case ElementType::float64:
      return store(at, value);
    case ElementType::float16:
      return store(at, half_bits(static_cast<float>(value)));
    default:
      return store(at,
                   static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(static_cast<float>(value)) >> 16));
  }
}

bool is_integer(ElementType type) {
  switch (type) {
    case ElementType::uint8:
    case ElementType::int8:
    case ElementType::uint16:
    case ElementType::int16:
    case ElementType::int32:
    case ElementType::int64:
    case ElementType::uint32:
    case ElementType::uint64:
    case ElementType::boolean:
      return true;
    default:
      return false;
  }
}

}  // namespace

Result<std::vector<std::byte>> generated(const InputSpec& spec) {
  if (!is_real(spec.element) && !is_integer(spec.element)) {
    return Error{Fault::unsupported,
                 fmt::format("cannot generate an input of type {}", name_of(spec.element)),
                 "input '" + spec.name + "'", "export the network with float or integer inputs"};
  }
  const auto count = network::elements_of(spec.shape);
  const auto size = network::bytes_of(spec.element, spec.shape);
  if (!count || !size) {
    return Error{Fault::exhausted, "the input's size overflows", "input '" + spec.name + "'",
                 "set smaller dimensions with --dim name=value or --batch"};
  }
  std::vector<std::byte> bytes(static_cast<std::size_t>(size->value));
  const auto width = static_cast<std::size_t>(network::bits_of(spec.element) / 8);
  const bool mask = spec.name.find("mask") != std::string::npos;
  const auto below = static_cast<std::uint64_t>(std::clamp<std::int64_t>(spec.below, 1, 100));
  const auto seed = seed_of(spec.name);
  for (std::size_t i = 0; i < static_cast<std::size_t>(*count); ++i) {
    std::byte* at = bytes.data() + i * width;
    if (is_real(spec.element)) {
      store_real(spec.element, at, near_normal(mixed(seed + i)));
      continue;
    }
    const auto value =
        mask || spec.element == ElementType::boolean ? 1 : static_cast<std::uint64_t>(i) % below;
    std::memcpy(at, &value, width);  // little-endian, as every machine that we run on
  }
  return bytes;
}

network::Shape extents_of(std::span<const network::Dimension> dims, const Model& model) {
  network::Shape shape;
  for (std::size_t axis = 0; axis < dims.size(); ++axis) {
    const auto& dim = dims[axis];
    const auto symbol = dim.symbol.empty() ? model.symbols.end() : model.symbols.find(dim.symbol);
    if (dim.extent && *dim.extent >= 0) {
      shape.push_back(*dim.extent);
    } else if (symbol != model.symbols.end()) {
      shape.push_back(symbol->second);
    } else {
      shape.push_back(axis == 0 ? model.batch : 1);
    }
  }
  return shape;
}

std::map<std::string, std::int64_t, std::less<>> index_bounds(const network::Graph& graph) {
  std::map<std::string, std::int64_t, std::less<>> tables;  // name -> rows
  for (const auto& tensor : graph.initializers) {
    if (!tensor.dims.empty()) tables.emplace(tensor.name, tensor.dims.front());
  }
  std::map<std::string, std::string, std::less<>> origin;  // tensor -> the graph input that it forwards
  for (const auto& input : graph.inputs) origin.emplace(input.name, input.name);
  std::map<std::string, std::int64_t, std::less<>> bounds;
  for (const auto& node : graph.nodes) {
    const bool forwards = node.op == "Cast" || node.op == "Identity" || node.op == "Reshape" ||
                          node.op == "Squeeze" || node.op == "Unsqueeze" || node.op == "Slice";
    if (forwards && !node.inputs.empty() && !node.outputs.empty()) {
      const auto from = origin.find(node.inputs.front());
      if (from != origin.end()) origin.emplace(node.outputs.front(), std::string(from->second));
    }
    if (node.op != "Gather" || node.inputs.size() < 2 || node.int_or("axis", 0) != 0) continue;
    const auto table = tables.find(node.inputs[0]);
    const auto from = origin.find(node.inputs[1]);
    if (table == tables.end() || from == origin.end()) continue;
    const auto [bound, fresh] = bounds.emplace(from->second, table->second);
    if (!fresh) bound->second = std::min(bound->second, table->second);
  }
  return bounds;
}

double element_at(ElementType type, std::span<const std::byte> bytes, std::size_t index) {
  const auto width = static_cast<std::size_t>(network::bits_of(type)) / 8;
  FORECOST_EXPECTS((index + 1) * width <= bytes.size(), "index inside the tensor");
  const std::byte* at = bytes.data() + index * width;
  switch (type) {
    case ElementType::float32:
      return load<float>(at);
    case ElementType::float64:
      return load<double>(at);
    case ElementType::float16: {
      std::uint16_t bits = 0;
      std::memcpy(&bits, at, sizeof(bits));
      return half_value(bits);
    }
    case ElementType::bfloat16: {
      std::uint16_t bits = 0;
      std::memcpy(&bits, at, sizeof(bits));
      return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
    }
    case ElementType::int64:
      return load<std::int64_t>(at);
    case ElementType::uint64:
      return load<std::uint64_t>(at);
    case ElementType::int32:
      return load<std::int32_t>(at);
    case ElementType::uint32:
      return load<std::uint32_t>(at);
    case ElementType::int16:
      return load<std::int16_t>(at);
    case ElementType::uint16:
      return load<std::uint16_t>(at);
    case ElementType::int8:
      return load<std::int8_t>(at);
    case ElementType::uint8:
    case ElementType::boolean:
      return load<std::uint8_t>(at);
    default:
      return 0;
  }
}

}  // namespace forecost::device
