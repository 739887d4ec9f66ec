// SPDX-License-Identifier: Apache-2.0
/// Minimises a smooth function inside a box.
#pragma once

#include <functional>

#include <Eigen/Core>

namespace forecost::numeric {

struct Slope {
  double value = 0;  ///< infinity: outside of the domain
  Eigen::VectorXd gradient;
};

struct BoxDescent {
  Eigen::VectorXd low;
  Eigen::VectorXd high;
  int evaluations = 60;     ///< at most
  double first_step = 0.1;  ///< largest coordinate of the first step
  double tolerance = 1e-6;  ///< stops when a step gains less
};

struct Minimum {
  Eigen::VectorXd at;
  double value = 0;
  int evaluations = 0;
};

/// L-BFGS (Nocedal and Wright 2006, algorithm 7.4) on the coordinates that no bound holds, steps projected
/// into the box and halved until the value falls. `start` lies in the box and in the domain. Never worse than
/// the start.
Minimum minimise_in_box(const std::function<Slope(const Eigen::VectorXd&)>& function,
                        const Eigen::VectorXd& start, const BoxDescent& options);

}  // namespace forecost::numeric
