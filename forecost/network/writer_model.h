// SPDX-License-Identifier: Apache-2.0
/// A model as a row of parts: finished bytes, and tensors whose payloads are made while writing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "forecost/network/network.h"
#include "forecost/network/writer.h"
#include "forecost/outcome/outcome.h"

namespace forecost::network {

/// `bytes`, then the payload of `tensor` unless that is null. Points into the network.
struct Part {
  std::string bytes;
  const Tensor* tensor = nullptr;
};

/// Bytes and payload together.
std::uint64_t size_of(const Part& part);

/// Fails: `bad_input` for an initializer without contents or of an impossible size, `unsupported` above 4
/// GiB. Memory follows the graph; only the tensors of attributes and subgraphs are made at once.
Result<std::vector<Part>> lay_out(const Network& network, Payload payload);

}  // namespace forecost::network
