// SPDX-License-Identifier: Apache-2.0
/// Random steps from one design to another.
#pragma once

#include "forecost/numeric/random.h"
#include "forecost/search/space.h"

namespace forecost::search {

struct Move {
  double size = 0.1;   ///< deviation of a step in the unit cube
  double share = 1.0;  ///< chance of each parameter to move; at least one does
};

/// Numbers and ordered choices take a normal step of deviation `size` in the unit cube, clipped; a step of
/// something discrete that would round to nothing is one value up or down with the chance that keeps its
/// size. A categorical choice is drawn anew with chance `size` + 1 / parameters. Parameters that become
/// active are drawn uniformly. Always a design of the space; may equal `from`.
Design moved(const Space& space, const Design& from, const Move& move, numeric::Random& random);

}  // namespace forecost::search
