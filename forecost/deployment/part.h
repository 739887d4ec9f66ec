// SPDX-License-Identifier: Apache-2.0
/// Some layers of a network as a network of their own: what each side of a split would load.
#pragma once

#include <set>
#include <string>

#include "forecost/layer/layer.h"
#include "forecost/network/network.h"

namespace forecost::deployment {

/// The layers of that name with the constants that they use, and the folded layers that make such constants.
/// Its inputs are what they read and do not make, its outputs what other layers read or the network gives
/// out; all with the shapes that `network` has. Names stay; weights stay where they are.
network::Network part_of(const layer::LayeredNetwork& network, const std::set<std::string>& layers);

}  // namespace forecost::deployment
