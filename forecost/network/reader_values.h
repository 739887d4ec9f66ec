// SPDX-License-Identifier: Apache-2.0
/// The payload fields of a TensorProto: counted in one pass, decoded in a second where the tensor is small.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "forecost/network/network.h"
#include "forecost/network/wire.h"

namespace forecost::network {

/// Whether small tensors of this type keep `values`: integers, booleans and real floats, not strings or
/// complex.
bool holds_values(ElementType type);
/// Whether those values are integers rather than reals.
bool holds_integers(ElementType type);

/// The elements of a raw payload, as in raw_data and external data. Precondition: `raw` is at least as long
/// as type and number need, and holds_values(type).
Values decode_raw(std::string_view raw, ElementType type, std::int64_t elements);

/// What a TensorProto's payload fields add up to. A packed list of varints is not walked here: the number of
/// its entries is bounded by its length (one to ten bytes each).
class Contents {
 public:
  /// Takes note of the current field if it is one of the payload fields.
  void note(wire::Cursor& at);

  /// Nothing there, or fields of no length: a stripped model.
  bool empty() const { return raw_.empty() && most_ == 0; }
  /// The longest run of bytes that was stepped over.
  std::string_view bulk() const { return bulk_; }
  Bytes stored() const { return Bytes(static_cast<std::int64_t>(raw_.size() + typed_bytes_)); }

  /// Why the payload cannot be `elements` of that type; an empty text if it can, or if there is none.
  std::string mismatch(ElementType type, std::int64_t elements, Bytes size) const;

  /// The elements. Empty when their number is another. `message` is the tensor's.
  std::optional<Values> decode(wire::Message message, ElementType type, std::int64_t elements) const;

 private:
  std::string_view raw_;
  std::string_view bulk_;
  std::uint32_t typed_field_ = 0;  ///< 0: none, otherwise the last typed field that had contents
  bool mixed_ = false;             ///< two typed fields had contents
  std::uint64_t typed_bytes_ = 0;
  std::uint64_t least_ = 0;  ///< bounds of the number of entries in the typed field
  std::uint64_t most_ = 0;
};

}  // namespace forecost::network
