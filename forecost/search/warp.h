// SPDX-License-Identifier: Apache-2.0
/// The warp of one column: u -> 1 - (1 - u^a)^b on [0, 1], a bijection that keeps the order.
#pragma once

namespace forecost::search {

struct Warped {
  double value = 0;
  double by_unit = 1;   ///< derivative by u
  double by_log_a = 0;  ///< by log a
  double by_log_b = 0;
};

/// u is moved 1e-6 away from both ends, where derivatives may be infinite; log a = log b = 0 is the identity
/// everywhere. Pure.
Warped warped(double u, double log_a, double log_b);

}  // namespace forecost::search
