// SPDX-License-Identifier: Apache-2.0
// Encoding: https://protobuf.dev/programming-guides/encoding/
#include "forecost/network/wire.h"

#include <cstring>

#include <fmt/format.h>
#include <protozero/varint.hpp>

namespace forecost::network::wire {
namespace {

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::varint:
      return "a varint";
    case Kind::fixed64:
      return "8 bytes";
    case Kind::bytes:
      return "a length and bytes";
    case Kind::fixed32:
      return "4 bytes";
  }
  return "nothing known";
}

/// Length of the UTF-8 sequence that starts here, 0 if there is none.
std::size_t sequence_length(std::string_view rest) {
  const auto byte = [rest](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
  const unsigned lead = byte(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length < 2) return length;
  if (length > rest.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const unsigned second = byte(1);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool outside = (lead == 0xED && second >= 0xA0) || (lead == 0xF4 && second >= 0x90);
  return overlong || outside ? 0 : length;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

Cursor::Cursor(Message message)
    : origin_(message.origin),
      at_(message.bytes.data()),
      end_(message.bytes.data() + message.bytes.size()),
      start_(at_) {}

bool Cursor::fail(std::string what, const char* place) {
  if (!defect_) defect_ = Defect{std::move(what), offset_of(place)};
  return false;
}

bool Cursor::take(Kind kind, std::uint64_t& value) {
  if (kind == Kind::varint) {
    try {
      value = protozero::decode_varint(&at_, end_);
      return true;
    } catch (const protozero::exception&) {
      return fail("a number does not end where it should", at_);
    }
  }
  const std::size_t size = kind == Kind::fixed32 ? 4 : 8;
  if (static_cast<std::size_t>(end_ - at_) < size) return fail("a number is cut off", at_);
  value = 0;
  std::memcpy(&value, at_, size);
  at_ += size;
  return true;
}

bool Cursor::next() {
  if (defect_ || at_ == end_) return false;
  start_ = at_;
  std::uint64_t tag = 0;
  if (!take(Kind::varint, tag)) return false;
  const std::uint64_t wire = tag & 7;
  if (tag >> 3 == 0 || tag >> 32 != 0) return fail("a field number is out of range", start_);
  if (wire == 3 || wire == 4 || wire > 5) {
    return fail(fmt::format("field {} has the unknown encoding {}", tag >> 3, wire), start_);
  }
  field_ = static_cast<std::uint32_t>(tag >> 3);
  kind_ = static_cast<Kind>(wire);
  if (kind_ != Kind::bytes) return take(kind_, number_);
  std::uint64_t length = 0;
  if (!take(Kind::varint, length)) return false;
  const auto left = static_cast<std::uint64_t>(end_ - at_);
  if (length > left) {
    return fail(fmt::format("field {} claims {} bytes, but only {} are left", field_, length, left), start_);
  }
  bytes_ = std::string_view(at_, length);
  at_ += length;
  return true;
}

bool Cursor::expect(Kind kind) {
  if (kind_ == kind) return true;
  return fail(fmt::format("field {} holds {} where {} is due", field_, kind_name(kind_), kind_name(kind)),
              start_);
}

std::int64_t Cursor::integer() {
  return expect(Kind::varint) ? static_cast<std::int64_t>(number_) : 0;
}

double Cursor::real() {
  return expect(Kind::fixed32) ? float_of(number_) : 0;
}

std::string_view Cursor::bytes() {
  return expect(Kind::bytes) ? bytes_ : std::string_view();
}

std::string_view Cursor::text() {
  const std::string_view found = bytes();
  if (is_utf8(found)) return found;
  fail(fmt::format("field {} is not UTF-8 text", field_), start_);
  return {};
}

Message Cursor::message() {
  return {bytes(), origin_};
}

float Cursor::float_of(std::uint64_t bits) {
  const auto low = static_cast<std::uint32_t>(bits);
  float value = 0;
  std::memcpy(&value, &low, sizeof value);
  return value;
}

double Cursor::double_of(std::uint64_t bits) {
  double value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace forecost::network::wire
