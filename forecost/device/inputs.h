// SPDX-License-Identifier: Apache-2.0
/// Inputs that a network can be run with when nobody gives any: the same numbers on every runner and machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "forecost/device/runner.h"
#include "forecost/network/network.h"
#include "forecost/outcome/outcome.h"

namespace forecost::device {

/// One input: what to generate.
struct InputSpec {
  std::string name;
  network::ElementType element = network::ElementType::float32;
  network::Shape shape;
  std::int64_t below = 100;  ///< integers lie in [0, below)
};

/// Bytes of a dense tensor. Reals are near standard normal (sum of four uniforms, seeded by the name; finite,
/// no denormals), integers i % below, booleans true; integer masks (a name containing "mask") are all one.
/// Fails: `unsupported` for strings, sub-byte and complex types; `exhausted` when the size overflows.
Result<std::vector<std::byte>> generated(const InputSpec& spec);

/// Extents of an input from its declared dimensions: a number stays; a symbol takes its value from
/// `model.symbols`; another free first extent is the batch, other free extents are 1.
network::Shape extents_of(std::span<const network::Dimension> dims, const Model& model);

/// For integer inputs that index tables: the length of the shortest table each one reaches through Gather
/// (directly or through Cast, Identity, Reshape, Squeeze, Unsqueeze), so that generated ids are valid.
std::map<std::string, std::int64_t, std::less<>> index_bounds(const network::Graph& graph);

/// Element `index` of a dense tensor as a double; 0 for types without such a value.
double element_at(network::ElementType type, std::span<const std::byte> bytes, std::size_t index);

}  // namespace forecost::device
