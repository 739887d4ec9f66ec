// SPDX-License-Identifier: Apache-2.0
// Random bits: SplitMix64 (Steele, Lea, Flood 2014) at the element's index, so that any piece can be made
// alone.
#include "forecost/network/writer_payload.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "forecost/network/reader_values.h"
#include "forecost/network/small_floats.h"

namespace forecost::network {
namespace {

/// Elements made at once; a multiple of 8, so that every piece is whole bytes.
constexpr std::int64_t piece = std::int64_t{1} << 16;

std::uint64_t mixed(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

/// Sum of four 16-bit uniform numbers less its mean, an even whole number.
std::int32_t centred(std::uint64_t base, std::int64_t index) {
  const std::uint64_t bits = mixed(base + static_cast<std::uint64_t>(index) * 0x9E3779B97F4A7C15U);
  const std::uint64_t sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48);
  return static_cast<std::int32_t>(sum) - 2 * 65535;
}

/// Standard deviation of `centred`: the variance of one uniform number on 0..n-1 is (n^2 - 1) / 12.
double centred_deviation() {
  return std::sqrt(4 * (65536.0 * 65536.0 - 1) / 12);
}

template <typename T>
std::uint64_t bits_as(T value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  return bits;
}

struct Range {
  double low;
  double high;
};

bool is_unsigned(ElementType type) {
  switch (type) {
    case ElementType::uint2:
    case ElementType::uint4:
    case ElementType::uint8:
    case ElementType::uint16:
    case ElementType::uint32:
    case ElementType::uint64:
      return true;
    default:
      return false;
  }
}

/// The bits of one element.
std::uint64_t element_bits(ElementType type, double value) {
  if (type == ElementType::float32) return bits_as(static_cast<float>(value));
  if (type == ElementType::float64) return bits_as(value);
  if (const auto format = small_float(type)) return encode(*format, value);
  if (type == ElementType::boolean) return value != 0 ? 1 : 0;
  if (std::isnan(value)) return 0;
  const int bits = bits_of(type);
  const double rounded = std::nearbyint(value);
  if (is_unsigned(type)) {
    if (rounded >= std::ldexp(1.0, bits)) return std::numeric_limits<std::uint64_t>::max() >> (64 - bits);
    return rounded <= 0 ? 0 : static_cast<std::uint64_t>(rounded);
  }
  const double beyond = std::ldexp(1.0, bits - 1);
  if (rounded >= beyond) return (std::uint64_t{1} << (bits - 1)) - 1;
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(std::max(rounded, -beyond)));
}

std::uint64_t element_bits(ElementType type, std::int64_t value) {
  if (!holds_integers(type)) return element_bits(type, static_cast<double>(value));
  return type == ElementType::boolean ? value != 0 : static_cast<std::uint64_t>(value);
}

/// Appends elements of any width, the first in the lowest bits.
class Packer {
 public:
  Packer(std::string& bytes, int bits) : bytes_(bytes), bits_(static_cast<unsigned>(bits)) {}
  ~Packer() {
    if (filled_ != 0) bytes_.push_back(static_cast<char>(rest_));
  }
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;

  void add(std::uint64_t element) {
    if (bits_ >= 8) {
      char whole[sizeof element];
      std::memcpy(whole, &element, sizeof element);
      bytes_.append(whole, bits_ / 8);
      return;
    }
    rest_ |= static_cast<unsigned>(element & ((1U << bits_) - 1)) << filled_;
    filled_ += bits_;
    if (filled_ < 8) return;
    bytes_.push_back(static_cast<char>(rest_ & 0xFF));
    rest_ >>= 8;
    filled_ -= 8;
  }

 private:
  std::string& bytes_;
  unsigned bits_;
  unsigned rest_ = 0;
  unsigned filled_ = 0;
};

/// Real parts and imaginary parts of complex numbers are elements of their own.
ElementType part_of(ElementType type) {
  if (type == ElementType::complex64) return ElementType::float32;
  return type == ElementType::complex128 ? ElementType::float64 : type;
}

void fill_floats(std::uint64_t base, float scale, std::int64_t first, std::string& bytes) {
  const auto count = static_cast<std::int64_t>(bytes.size() / sizeof(float));
  for (std::int64_t i = 0; i < count; ++i) {
    const float value = static_cast<float>(centred(base, first + i)) * scale;
    std::memcpy(bytes.data() + i * static_cast<std::int64_t>(sizeof value), &value, sizeof value);
  }
}

void fill_piece(const Tensor& tensor, std::int64_t first, std::int64_t count, std::string& bytes) {
  const ElementType type = part_of(tensor.element);
  const Fill& fill = tensor.fill;
  const bool normal = fill.kind == Fill::Kind::normal;
  const double scale = fill.value / centred_deviation();
  const std::uint64_t base = mixed(fill.seed + 0x9E3779B97F4A7C15U);
  bytes.clear();
  if (normal && type == ElementType::float32) {
    bytes.resize(static_cast<std::size_t>(count) * sizeof(float));
    return fill_floats(base, static_cast<float>(scale), first, bytes);
  }
  const double middle = is_unsigned(type) ? std::ldexp(1.0, bits_of(type) - 1) : 0;
  Packer packer(bytes, bits_of(type));
  if (!normal) {
    const std::uint64_t bits = element_bits(type, fill.value);
    for (std::int64_t i = 0; i < count; ++i) packer.add(bits);
    return;
  }
  for (std::int64_t i = 0; i < count; ++i) {
    const double value = centred(base, first + i) * scale;
    packer.add(type == ElementType::boolean ? value > 0 : element_bits(type, middle + value));
  }
}

}  // namespace

bool has_contents(const Tensor& tensor) {
  if (tensor.values) return true;
  return tensor.fill.kind != Fill::Kind::stored && bits_of(tensor.element) != 0;
}

Status write_payload(const Tensor& tensor, const Sink& sink) {
  std::string bytes;
  if (tensor.values) {
    {
      Packer packer(bytes, bits_of(tensor.element));
      std::visit(
          [&](const auto& list) {
            for (const auto value : list) packer.add(element_bits(tensor.element, value));
          },
          *tensor.values);
    }
    return sink(bytes);
  }
  const int parts = part_of(tensor.element) == tensor.element ? 1 : 2;
  const std::int64_t total = elements_of(tensor.dims).value_or(0) * parts;
  for (std::int64_t first = 0; first < total; first += piece) {
    fill_piece(tensor, first, std::min(piece, total - first), bytes);
    FORECOST_TRY([[maybe_unused]] const Done done, sink(bytes));
  }
  return Done{};
}

}  // namespace forecost::network
