// SPDX-License-Identifier: Apache-2.0
/// A network as a chain of links: what the designs of a space have in common can then be tabulated.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "forecost/network/network.h"
#include "forecost/outcome/outcome.h"
#include "forecost/search/space.h"

namespace forecost::search {

/// What a link adds to a cost follows, but for its surroundings, from the shape that enters it and the
/// values of the parameters that it names.
struct Chain {
  network::Shape input;                              ///< that enters the first link
  std::vector<std::vector<std::size_t>> parameters;  ///< per link: that it names, sorted
  /// Shape behind a link; only the link's own parameters are read. Fails: it cannot be built on that shape.
  /// Ten microseconds. Thread-safe.
  std::function<Result<network::Shape>(std::size_t link, const network::Shape& before, const Design& design)>
      pass;
  /// The link that a node of the network belongs to, by the node's name.
  std::function<std::optional<std::size_t>(std::string_view node)> link_of;

  std::size_t size() const { return parameters.size(); }
};

}  // namespace forecost::search
