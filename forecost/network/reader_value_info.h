// SPDX-License-Identifier: Apache-2.0
/// ValueInfoProto: the declared type of a graph input, output or intermediate.
#pragma once

#include "forecost/network/network.h"
#include "forecost/network/reader_place.h"
#include "forecost/network/wire.h"
#include "forecost/outcome/outcome.h"

namespace forecost::network {

/// Sequences, maps, optionals and opaque types come back as `undefined` without dims.
/// Fails: `bad_input` for negative extents and for known extents whose product overflows.
Result<ValueInfo> read_value_info(wire::Message message, const Place& place);

}  // namespace forecost::network
