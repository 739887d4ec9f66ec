// SPDX-License-Identifier: Apache-2.0
/// Points that fill the unit cube of a space evenly.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "forecost/numeric/random.h"
#include "forecost/numeric/sobol.h"
#include "forecost/search/space.h"

namespace forecost::search {

/// Sobol points in the first 21 dimensions, uniform draws in the others. The same seed gives the same points.
class EvenPoints {
 public:
  EvenPoints(const Space& space, std::uint64_t seed);
  std::vector<double> next();

 private:
  std::size_t dimensions_;
  std::optional<numeric::Sobol> sobol_;
  numeric::Random random_;
};

}  // namespace forecost::search
