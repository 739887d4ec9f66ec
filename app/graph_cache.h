// SPDX-License-Identifier: Apache-2.0
/// Optimised graphs that a runtime gave, without weights, in the home folder: graphs/KEY.onnx. Asking a
/// runtime takes as long as loading the model; reading one of these takes a millisecond.
#pragma once

#include <optional>
#include <string>

#include "app/models.h"
#include "app/session.h"
#include "forecost/device/device.h"
#include "forecost/network/network.h"

namespace forecost::app {

/// Changes with the network's structure, its sizes, the runtime's version and build, the instruction set and
/// the thread count; not with values of large weights. 16 hexadecimal digits.
Result<std::string> graph_key(const network::Network& network, const SizeOptions& sizes,
                              const device::Identity& identity);

/// Empty when there is none, or it cannot be read.
std::optional<network::Network> cached_graph(const Session& session, const std::string& key);

/// Best effort: a full disk costs the next call some time, nothing else.
void keep_graph(const Session& session, const std::string& key, const network::Network& optimised);

}  // namespace forecost::app
