// SPDX-License-Identifier: Apache-2.0
/// What a node reads, its subgraphs included.
#pragma once

#include <string>
#include <vector>

#include "forecost/network/network.h"

namespace forecost::deployment {

/// Names of its inputs and of all that its subgraphs name: what they make themselves is among them. May hold
/// empty names and names twice.
std::vector<std::string> reads_of(const network::Node& node);

}  // namespace forecost::deployment
