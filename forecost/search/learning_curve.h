// SPDX-License-Identifier: Apache-2.0
/// Where a learning curve will end, from its beginning: a Bayesian average of parametric curves.
///
/// After Domhan, Springenberg, Hutter 2015 (an ensemble of curves, and the chance that the end beats a
/// value), but in closed form instead of by MCMC. A curve is
///
///   y(t) = a + b f(t) + noise,   f falling from 1 at the first point to 0 at the horizon,
///
/// so that a is the value at the horizon and b the whole improvement until there. f runs over five families
/// with a grid of shapes: power law t^-c, exponential exp(-k u), Weibull exp(-(k u)^d), Morgan-Mercer-Flodin
/// 1 / (1 + (k u)^d), logarithm 1 / log(1 + t); u is t over the horizon. Given f and the noise's deviation s,
/// a and b are normal a posteriori. Families have equal weight a priori, so have shapes within a family, and
/// s of 0.3, 1, 3, 10 and 30 % of `change`; their evidence weighs them after the points were seen. Points
/// beyond the fourth share the weight of four: what no curve of ours fits, neighbours have in common, and
/// intervals would be too narrow otherwise (by simulation with curves of other families, 90 % intervals hold
/// 86-98 %). Priors: b ~ N(change, (2 change)^2), a ~ N(first value - change, (2 change)^2).
#pragma once

#include <span>
#include <vector>

namespace forecost::search {

/// `step` > 0, `value` smaller is better.
struct CurvePoint {
  double step = 0;
  double value = 0;
};

/// The value at the horizon, noise included: a mixture of normal distributions.
struct CurveForecast {
  struct Part {
    double weight = 0;  ///< they sum to 1
    double mean = 0;
    double deviation = 0;
  };
  std::vector<Part> parts;

  double mean() const;
  double chance_below(double bound) const;
};

/// `points`: at least one, steps rising, all before `horizon`. `change` > 0: how much curves of this kind
/// improve from their first step to the horizon, roughly. O(points), 0.1 ms for 100. Pure.
CurveForecast extrapolate(std::span<const CurvePoint> points, double horizon, double change);

}  // namespace forecost::search
