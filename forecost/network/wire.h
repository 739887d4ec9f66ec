// SPDX-License-Identifier: Apache-2.0
/// Walks protobuf's wire format with 64-bit lengths, so that payloads over 4 GiB are stepped over like small
/// ones.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace forecost::network::wire {

/// How a field's value is encoded. Groups (3 and 4) do not occur in ONNX and count as damage.
enum class Kind : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

/// The bytes of one message and the start of the file they lie in. Owns nothing.
struct Message {
  std::string_view bytes;
  const char* origin = nullptr;
};

/// Where a message breaks the wire format.
struct Defect {
  std::string what;
  std::uint64_t offset = 0;  ///< from the start of the file
};

/// Steps through the fields of a message:
///
///   for (Cursor at(message); at.next();) switch (at.field()) { case 1: name = at.text(); break; ... }
///   if (at.defect()) ...
///
/// The first defect (truncation, a length beyond the end, an accessor that does not fit the encoding) is kept
/// and ends the walk. O(1) per field: skipped bytes are never touched.
class Cursor {
 public:
  explicit Cursor(Message message);

  bool next();
  const std::optional<Defect>& defect() const { return defect_; }

  std::uint32_t field() const { return field_; }
  Kind kind() const { return kind_; }
  std::uint64_t offset() const { return offset_of(start_); }  ///< of the current field in the file

  std::int64_t integer();    ///< a varint as int64
  double real();             ///< a float
  std::string_view bytes();  ///< any length-delimited value
  std::string_view text();   ///< the same, valid UTF-8
  Message message();         ///< the same, as a message

  /// Calls `visit` with each value of a repeated field, packed or not.
  template <typename Visit>
  void integers(Visit visit) {
    repeat(Kind::varint, visit);
  }
  template <typename Visit>
  void floats(Visit visit) {
    repeat(Kind::fixed32, [&visit](std::uint64_t bits) { visit(float_of(bits)); });
  }
  template <typename Visit>
  void doubles(Visit visit) {
    repeat(Kind::fixed64, [&visit](std::uint64_t bits) { visit(double_of(bits)); });
  }

 private:
  bool take(Kind kind, std::uint64_t& value);
  bool expect(Kind kind);
  bool fail(std::string what, const char* place);
  std::uint64_t offset_of(const char* place) const { return static_cast<std::uint64_t>(place - origin_); }
  static float float_of(std::uint64_t bits);
  static double double_of(std::uint64_t bits);

  template <typename Visit>
  void repeat(Kind kind, Visit visit) {
    if (kind_ == kind) return visit(number_);
    if (!expect(Kind::bytes)) return;
    Cursor packed(Message{bytes_, origin_});
    for (std::uint64_t value = 0; packed.at_ != packed.end_;) {
      if (!packed.take(kind, value)) {
        defect_ = packed.defect_;
        return;
      }
      visit(value);
    }
  }

  const char* origin_;
  const char* at_;
  const char* end_;
  const char* start_;
  std::uint32_t field_ = 0;
  Kind kind_ = Kind::varint;
  std::uint64_t number_ = 0;
  std::string_view bytes_;
  std::optional<Defect> defect_;
};

/// Whether the text is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates).
bool is_utf8(std::string_view text);

}  // namespace forecost::network::wire
