// SPDX-License-Identifier: Apache-2.0
/// What a set of points dominates when every coordinate should be small.
#pragma once

#include <cstddef>
#include <vector>

namespace forecost::search {

using Point = std::vector<double>;

/// Volume that `points` dominate within the box that ends at `reference`; points that do not lie below it in
/// every coordinate count for nothing. Exact: WFG (While, Bradstreet, Barone 2012). Any number of
/// coordinates; hundreds of points with three, tens with six.
double dominated_volume(std::vector<Point> points, const Point& reference);

/// The part of space below `reference` that no point dominates, as boxes that do not overlap.
struct Front {
  struct Box {
    std::vector<std::size_t> low, high;  ///< by coordinate, indexes into `levels`
  };
  std::vector<Point> points;                ///< below the reference, none dominating another, ascending
  std::vector<std::vector<double>> levels;  ///< by coordinate: -infinity, those of points, the reference's
  std::vector<Box> boxes;

  Front() = default;
  /// Slices along the last coordinate, each cut recursively; a box that is the same in neighbouring slices is
  /// one. At most 2 n + 1 boxes for n points with three coordinates. Points beyond a bound on work (128 for
  /// up to three coordinates, 48 for four, 24 for more) are left out at even distances.
  Front(std::vector<Point> candidates, const Point& reference);
};

}  // namespace forecost::search
