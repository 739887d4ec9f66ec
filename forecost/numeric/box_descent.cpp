// SPDX-License-Identifier: Apache-2.0
#include "forecost/numeric/box_descent.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <vector>

#include "forecost/outcome/outcome.h"

namespace forecost::numeric {
namespace {

constexpr std::size_t memory = 8;
constexpr int most_halvings = 12;

struct Pair {
  Eigen::VectorXd step;
  Eigen::VectorXd change;
};

Eigen::VectorXd direction(const Eigen::VectorXd& gradient, const std::deque<Pair>& pairs) {
  Eigen::VectorXd q = -gradient;
  std::vector<double> a(pairs.size());
  for (std::size_t i = pairs.size(); i-- > 0;) {
    a[i] = pairs[i].step.dot(q) / pairs[i].step.dot(pairs[i].change);
    q -= a[i] * pairs[i].change;
  }
  if (!pairs.empty()) q *= pairs.back().step.dot(pairs.back().change) / pairs.back().change.squaredNorm();
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    q += pairs[i].step * (a[i] - pairs[i].change.dot(q) / pairs[i].step.dot(pairs[i].change));
  }
  return q;
}

}  // namespace

Minimum minimise_in_box(const std::function<Slope(const Eigen::VectorXd&)>& function,
                        const Eigen::VectorXd& start, const BoxDescent& options) {
  FORECOST_EXPECTS(options.low.size() == start.size() && options.high.size() == start.size(),
                   "the box has the start's dimensions");
  Minimum best{.at = start, .value = 0, .evaluations = 1};
  Slope here = function(start);
  best.value = here.value;
  std::deque<Pair> pairs;
  while (best.evaluations < options.evaluations && std::isfinite(here.value)) {
    Eigen::VectorXd free = here.gradient;
    for (Eigen::Index i = 0; i < free.size(); ++i) {
      const bool held =
          (best.at(i) <= options.low(i) && free(i) > 0) || (best.at(i) >= options.high(i) && free(i) < 0);
      if (held) free(i) = 0;
    }
    const double steepest = free.size() > 0 ? free.cwiseAbs().maxCoeff() : 0.0;
    if (!(steepest > 0)) break;
    Eigen::VectorXd move = direction(free, pairs);
    for (Eigen::Index i = 0; i < free.size(); ++i) {
      if (free(i) == 0) move(i) = 0;
    }
    if (!(move.dot(free) < 0)) {
      pairs.clear();
      move = -free;
    }
    double length = pairs.empty() ? options.first_step / move.cwiseAbs().maxCoeff() : 1.0;
    bool moved = false;
    double gain = 0;
    for (int halving = 0; halving < most_halvings && best.evaluations < options.evaluations; ++halving) {
      const Eigen::VectorXd next = (best.at + length * move).cwiseMax(options.low).cwiseMin(options.high);
      const Eigen::VectorXd step = next - best.at;
      if (!(step.cwiseAbs().maxCoeff() > 0)) break;
      Slope there = function(next);
      ++best.evaluations;
      if (there.value < here.value && there.value <= here.value + 1e-4 * here.gradient.dot(step)) {
        const Eigen::VectorXd change = there.gradient - here.gradient;
        if (step.dot(change) > 1e-12 * step.squaredNorm()) {
          pairs.push_back({step, change});
          if (pairs.size() > memory) pairs.pop_front();
        }
        gain = here.value - there.value;
        best.at = next;
        best.value = there.value;
        here = std::move(there);
        moved = true;
        break;
      }
      length *= halving < 2 ? 0.5 : 0.25;
    }
    if (!moved && !pairs.empty()) {
      pairs.clear();
      continue;
    }
    if (!moved || gain < options.tolerance) break;
  }
  return best;
}

}  // namespace forecost::numeric
