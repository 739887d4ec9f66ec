// SPDX-License-Identifier: Apache-2.0
/// The designs of a chain as the paths of a graph: what a sum over its links can be searched on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "forecost/numeric/random.h"
#include "forecost/search/chain.h"
#include "forecost/search/space.h"

namespace forecost::search {

/// A rule between parameters; only those named are read.
struct DesignRule {
  std::vector<std::size_t> parameters;
  std::function<bool(const Design&)> holds;
};

/// A state is what later links see of a design: the shape that enters the next link and the values of those
/// parameters that come again. An arc gives values to the parameters that a link names first. Every path
/// from the one state of the first level to any state behind the last is a design that can be built and holds
/// the rules, but for parameters that no link and no rule names: those are free.
class DesignGraph {
 public:
  struct Level {
    std::optional<std::size_t> link;   ///< nothing: a level of rules alone
    std::vector<std::size_t> sets;     ///< parameters that its arcs give values to, ascending
    std::vector<std::uint32_t> first;  ///< of each state: its first arc; one more entry ends the last
    std::vector<std::uint32_t> to;     ///< per arc: state of the next level
    std::vector<double> values;        ///< per arc: one for each of `sets`, NaN where not active

    std::size_t states() const { return first.size() - 1; }
    std::size_t arcs() const { return to.size(); }
  };

  /// Discrete parameters keep all their values, real ones nine, as long as no level needs more than
  /// `most_arcs`; otherwise parameters with many values are thinned to a grid, in steps down to three values.
  /// Nothing when even then a level needs more, or when no design can be built.
  static std::optional<DesignGraph> make(const Space& space, const Chain& chain,
                                         const std::vector<DesignRule>& rules,
                                         std::size_t most_arcs = default_arcs);
  static constexpr std::size_t default_arcs = 1500;

  const std::vector<Level>& levels() const { return levels_; }
  std::size_t end_states() const { return end_states_; }
  /// Whether arcs have all values of every parameter.
  bool complete() const { return complete_; }

  /// Writes the values of a path, one arc per level, into a design of the space.
  void write(std::span<const std::uint32_t> path, Design& design) const;
  /// The design of a path, the free parameters in their middle.
  Design design(const std::vector<std::uint32_t>& path) const;
  /// Gives values to the free parameters, and moves thinned ones within their cell of the grid.
  Design filled(Design design, numeric::Random& random) const;

 private:
  friend class DesignGraphMaker;

  Space space_;
  std::vector<Level> levels_;
  std::size_t end_states_ = 0;
  std::vector<double> half_cell_;  ///< per parameter, in unit coordinates; 0: not thinned
  std::vector<bool> named_;        ///< per parameter: some level sets it
  bool complete_ = true;
};

}  // namespace forecost::search
