// SPDX-License-Identifier: Apache-2.0
/// The bytes of a tensor, made from its `values` or `fill`.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "forecost/network/network.h"
#include "forecost/outcome/outcome.h"

namespace forecost::network {

/// Takes the next bytes of the file.
using Sink = std::function<Status(std::string_view)>;

/// Whether the tensor says what it holds: values, or a fill of a type that numbers can be made for.
bool has_contents(const Tensor& tensor);

/// Writes the little-endian payload, bytes_of(element, dims) bytes, in pieces. The same fill gives the same
/// bytes on every machine. A `normal` fill is a sum of four uniform numbers, scaled: its tails end at 3.46
/// deviations. Integer types round and saturate; unsigned ones are centred on the middle of their range,
/// where quantised weights lie. About 1 GB/s for float32. `tensor` has contents.
Status write_payload(const Tensor& tensor, const Sink& sink);

}  // namespace forecost::network
