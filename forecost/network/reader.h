// SPDX-License-Identifier: Apache-2.0
/// Reads ONNX files by walking the protobuf wire format over a memory map and stepping over tensor payloads.
#pragma once

#include <filesystem>
#include <span>

#include "forecost/network/network.h"
#include "forecost/outcome/outcome.h"

namespace forecost::network {

/// Time and memory follow the size of the graph, not of the weights; files over 2 GB are fine.
/// Model-local functions are inlined; subgraphs are kept and counted; nodes are checked to be topologically
/// sorted (a graph that is not, but has no cycle, is sorted). Fails: `not_found`, `permission`; `bad_input`
/// with the place in the file for anything that is not an ONNX model (empty, text, truncated, overflowing
/// sizes, negative extents, cycles, nesting deeper than 8).
Result<Network> read(const std::filesystem::path& file);

/// The same for a model in memory; `source` names it in errors.
Result<Network> read(std::span<const std::byte> model, std::string source);

}  // namespace forecost::network
