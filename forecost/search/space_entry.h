// SPDX-License-Identifier: Apache-2.0
/// Built-in spaces, each with the network of a design. One file in spaces/, one line in spaces.txt, one test;
/// the contract tests run on every entry.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "forecost/network/network.h"
#include "forecost/outcome/outcome.h"
#include "forecost/search/chain.h"
#include "forecost/search/space.h"

namespace forecost::search {

struct SpaceEntry {
  std::string_view name;
  std::string_view summary;
  std::string_view source;  ///< paper or page
  Space (*space)() = nullptr;
  /// Parameters of training, which the network does not depend on.
  std::vector<std::string_view> training{};
  /// Batch 1. `space`: what `space` above gives, perhaps with more parameters behind.
  Result<network::Network> (*build)(const Space& space, const Design& design) = nullptr;
  /// The network as a chain; may be absent.
  Chain (*chain)(const Space& space) = nullptr;
};

/// In the order of spaces.txt.
const std::vector<SpaceEntry>& space_list();
const SpaceEntry* find_space(std::string_view name);

/// The number that a parameter stands for in a design; of the parameter of that name, which must be there.
double number_in(const Space& space, const Design& design, std::string_view name);
/// The number behind a prefix and before anything else: 12 of "block12/Conv_3".
std::optional<std::size_t> number_behind(std::string_view prefix, std::string_view text);
std::int64_t whole_in(const Space& space, const Design& design, std::string_view name);

}  // namespace forecost::search
