// SPDX-License-Identifier: Apache-2.0
// Which field holds which type, and how sub-byte types are packed: onnx.proto, message TensorProto.
#include "forecost/network/reader_values.h"

#include <cstring>

#include <fmt/format.h>

#include "forecost/network/small_floats.h"

namespace forecost::network {
namespace {

constexpr std::uint32_t float_data = 4;
constexpr std::uint32_t int32_data = 5;
constexpr std::uint32_t string_data = 6;
constexpr std::uint32_t int64_data = 7;
constexpr std::uint32_t raw_data = 9;
constexpr std::uint32_t double_data = 10;
constexpr std::uint32_t uint64_data = 11;

std::uint32_t field_of(ElementType type) {
  switch (type) {
    case ElementType::float32:
    case ElementType::complex64:
      return float_data;
    case ElementType::float64:
    case ElementType::complex128:
      return double_data;
    case ElementType::int64:
      return int64_data;
    case ElementType::uint32:
    case ElementType::uint64:
      return uint64_data;
    case ElementType::string:
      return string_data;
    default:
      return int32_data;
  }
}

/// Elements in one entry of a typed field; complex types take two entries per element.
int elements_per_entry(ElementType type) {
  const int bits = bits_of(type);
  return bits == 4 ? 2 : bits == 2 ? 4 : 1;
}

std::uint64_t entries_of(ElementType type, std::int64_t elements) {
  const auto count = static_cast<std::uint64_t>(elements);
  if (type == ElementType::complex64 || type == ElementType::complex128) return 2 * count;
  const auto each = static_cast<std::uint64_t>(elements_per_entry(type));
  return (count + each - 1) / each;
}

bool is_signed(ElementType type) {
  switch (type) {
    case ElementType::int2:
    case ElementType::int4:
    case ElementType::int8:
    case ElementType::int16:
    case ElementType::int32:
    case ElementType::int64:
      return true;
    default:
      return false;
  }
}

/// Turns the bits of one element into a value of the list that fits its type.
class Collector {
 public:
  Collector(ElementType type, std::int64_t elements)
      : type_(type),
        bits_(bits_of(type)),
        format_(small_float(type)),
        most_(static_cast<std::size_t>(elements)) {
    if (!holds_integers(type)) values_ = std::vector<double>();
  }

  bool full() const {
    return std::visit([this](const auto& list) { return list.size() >= most_; }, values_);
  }

  void add(std::uint64_t bits) {
    if (bits_ < 64) bits &= (std::uint64_t{1} << bits_) - 1;
    if (auto* integers = std::get_if<std::vector<std::int64_t>>(&values_)) {
      integers->push_back(integer(bits));
    } else {
      std::get<std::vector<double>>(values_).push_back(real(bits));
    }
  }
  void add_real(double value) { std::get<std::vector<double>>(values_).push_back(value); }

  Values take() { return std::move(values_); }

 private:
  std::int64_t integer(std::uint64_t bits) const {
    if (type_ == ElementType::boolean) return bits != 0;
    const int unused = 64 - bits_;
    if (is_signed(type_)) return static_cast<std::int64_t>(bits << unused) >> unused;
    return static_cast<std::int64_t>(bits);
  }
  double real(std::uint64_t bits) const {
    if (format_) return decode(*format_, static_cast<std::uint32_t>(bits));
    if (type_ == ElementType::float64) {
      double value = 0;
      std::memcpy(&value, &bits, sizeof value);
      return value;
    }
    const auto low = static_cast<std::uint32_t>(bits);
    float value = 0;
    std::memcpy(&value, &low, sizeof value);
    return value;
  }

  ElementType type_;
  int bits_;
  std::optional<SmallFloat> format_;
  std::size_t most_;
  Values values_;
};

/// Little-endian, the first element in the lowest bits.
void decode_raw(std::string_view raw, ElementType type, std::int64_t elements, Collector& into) {
  const auto bits = static_cast<std::size_t>(bits_of(type));
  for (std::size_t i = 0; i < static_cast<std::size_t>(elements); ++i) {
    const std::size_t bit = i * bits;
    const std::size_t first = bit / 8;
    const std::size_t last = (bit + bits - 1) / 8;
    std::uint64_t word = 0;
    std::memcpy(&word, raw.data() + first, last - first + 1);
    into.add(word >> bit % 8);
  }
}

}  // namespace

bool holds_values(ElementType type) {
  switch (type) {
    case ElementType::undefined:
    case ElementType::string:
    case ElementType::complex64:
    case ElementType::complex128:
      return false;
    default:
      return true;
  }
}

bool holds_integers(ElementType type) {
  return holds_values(type) && !small_float(type) && type != ElementType::float32 &&
         type != ElementType::float64;
}

Values decode_raw(std::string_view raw, ElementType type, std::int64_t elements) {
  Collector collector(type, elements);
  decode_raw(raw, type, elements, collector);
  return collector.take();
}

void Contents::note(wire::Cursor& at) {
  const std::uint32_t field = at.field();
  if (field == raw_data) raw_ = bulk_ = at.bytes();
  const bool fixed = field == float_data || field == double_data;
  const bool varint = field == int32_data || field == int64_data || field == uint64_data;
  if (!fixed && !varint && field != string_data) return;
  std::uint64_t least = 1;
  std::uint64_t most = 1;
  std::uint64_t size = field == float_data ? 4 : field == double_data ? 8 : 1;
  const auto single = field == float_data    ? wire::Kind::fixed32
                      : field == double_data ? wire::Kind::fixed64
                      : varint               ? wire::Kind::varint
                                             : wire::Kind::bytes;
  if (at.kind() != single || single == wire::Kind::bytes) {
    const std::uint64_t length = at.bytes().size();
    if (length > bulk_.size()) bulk_ = at.bytes();
    if (fixed) {
      least = most = (length + size - 1) / size;
    } else if (varint) {
      most = length;
      least = (length + 9) / 10;
    }
    size = length;
  }
  if (most == 0) return;
  mixed_ = mixed_ || (typed_field_ != 0 && typed_field_ != field);
  typed_field_ = field;
  typed_bytes_ += size;
  least_ += least;
  most_ += most;
}

std::string Contents::mismatch(ElementType type, std::int64_t elements, Bytes size) const {
  if (empty()) return {};
  if (!raw_.empty() && typed_field_ != 0) return "has its contents twice, raw and typed";
  if (!raw_.empty()) {
    if (type == ElementType::string) return "has raw contents, which strings cannot have";
    if (static_cast<std::int64_t>(raw_.size()) == size.value) return {};
    return fmt::format("needs {} bytes of contents, but has {}", size.value, raw_.size());
  }
  if (mixed_ || typed_field_ != field_of(type)) {
    return fmt::format("has its contents in field {} instead of {}", typed_field_, field_of(type));
  }
  const std::uint64_t due = entries_of(type, elements);
  if (due >= least_ && due <= most_) return {};
  return fmt::format("needs {} entries, but has {} {}", due, due < least_ ? "at least" : "at most",
                     due < least_ ? least_ : most_);
}

std::optional<Values> Contents::decode(wire::Message message, ElementType type, std::int64_t elements) const {
  Collector collector(type, elements);
  if (!holds_values(type)) return collector.take();
  if (!raw_.empty()) {
    decode_raw(raw_, type, elements, collector);
    return collector.take();
  }
  const int each = elements_per_entry(type);
  std::uint64_t entries = 0;
  const auto entry = [&](std::uint64_t bits) {
    ++entries;
    for (int i = 0; i < each && !collector.full(); ++i) collector.add(bits >> i * bits_of(type));
  };
  wire::Cursor at(message);
  while (at.next()) {
    if (at.field() != field_of(type)) continue;
    if (at.field() == float_data)
      at.floats([&](float value) {
        ++entries;
        if (!collector.full()) collector.add_real(value);
      });
    else if (at.field() == double_data)
      at.doubles([&](double value) {
        ++entries;
        if (!collector.full()) collector.add_real(value);
      });
    else
      at.integers(entry);
  }
  if (at.defect() || entries != entries_of(type, elements)) return {};
  return collector.take();
}

}  // namespace forecost::network
