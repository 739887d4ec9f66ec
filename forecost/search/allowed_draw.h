// SPDX-License-Identifier: Apache-2.0
/// Draws designs that hold the known limits by a cost table, a million a second, also where one in a million
/// does.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "forecost/numeric/random.h"
#include "forecost/search/cost_table.h"

namespace forecost::search {

/// A known limit on a cost of the table.
struct TableLimit {
  std::size_t cost = 0;
  double bound = 0;
  bool at_most = true;
  double z = 0;  ///< deviations of the forecast that must hold too, see Problem::confidence
};

/// Paths are drawn one arc at a time from
///
///   p(path) ~ exp(-sum_limits w cost(path)),   w >= 0 the least that bring the mean cost down to the bound
///
/// the distribution of largest entropy under that mean (Jaynes 1957): w minimise the convex
/// log sum_paths exp(-w cost) + w bound, and both the sums and the draws need each arc once, as costs are
/// sums over arcs. A draw that holds the limits is kept with chance exp(-w (bound - cost)): what is kept is
/// uniform over the paths that hold them. Where the table is not exact each draw is held against one of the
/// ratios of the table, so that a design near a bound comes as often as its forecast is likely to hold it;
/// callers ask the forecast before a design is used.
class AllowedDraw {
 public:
  static constexpr std::size_t most_limits = 8;

  /// Nothing where no path can hold the limits, whichever of the ratios is true. Cost: some hundred passes
  /// over the arcs.
  static std::optional<AllowedDraw> make(const CostTable& table, const std::vector<TableLimit>& limits);

  /// Writes a path that holds the limits by the table into `path`; false when `tries` draws did not. About
  /// ten nanoseconds per level and try. Thread-safe.
  bool draw(numeric::Random& random, std::vector<std::uint32_t>& path, int tries = default_tries) const;
  /// The same for one to eight paths, one after the other; returns how many: the fastest way to many.
  std::size_t draw_some(numeric::Random& random, std::vector<std::uint32_t>& paths,
                        int tries = default_tries) const;
  static constexpr int default_tries = 100000;

  /// The weights w, per limit.
  const std::vector<double>& weights() const { return weights_; }

 private:
  struct Arc {
    std::uint32_t to = 0;
    std::uint32_t other = 0;    ///< taken instead of this one ...
    std::uint32_t instead = 0;  ///< ... where 32 random bits reach this: Vose's alias method
  };
  /// The same for all levels in one row, for draws.
  struct Step {
    std::uint32_t first = 0;  ///< arc of a state
    std::uint32_t count = 0;
  };
  struct Flat {
    struct Costs {
      std::size_t limit = 0;
      std::vector<double> sum;      ///< per arc
      std::vector<double> largest;  ///< per arc; or empty
      bool any_largest = false;
    };
    std::vector<Step> states;
    std::vector<Arc> arcs;
    std::vector<Costs> costs;           ///< of the limits that some path breaks
    std::vector<std::uint32_t> offset;  ///< per level: its first arc
  };
  struct Level {
    std::vector<std::uint32_t> first;
    std::vector<Arc> arcs;
    std::vector<double> sum;      ///< per arc and limit; negative for limits from below
    std::vector<double> largest;  ///< likewise; empty where no cost has a largest part
  };
  static constexpr std::size_t lanes = 8;  ///< walks side by side, as each waits for its own memory

  void flatten(const std::vector<std::size_t>& order);
  friend class AllowedDrawMaker;

  bool kept(numeric::Random& random, std::span<const std::uint32_t> arcs) const;

  std::vector<Level> levels_;  ///< while it is made
  Flat flat_;
  std::vector<double> weights_;
  std::vector<std::vector<double>> bounds_;  ///< per limit: of the sums, ascending, one per ratio
  std::vector<double> even_;                 ///< per limit: the bound in the chance of keeping a draw
};

}  // namespace forecost::search
