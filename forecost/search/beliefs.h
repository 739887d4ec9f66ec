// SPDX-License-Identifier: Apache-2.0
/// What trials say about objectives and limits: one Gaussian process for each.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "forecost/search/front.h"
#include "forecost/search/observations.h"
#include "forecost/search/surrogate.h"

namespace forecost::search {

/// Turns values of an objective into what a Gaussian process can follow: above `middle`, y becomes
/// middle + spread log(1 + (y - middle) / spread); then (y - mean) / deviation. Keeps the order.
struct ObjectiveScale {
  double middle = 0;
  double spread = 0;  ///< 0: nothing is compressed
  double mean = 0;
  double deviation = 1;

  /// Middle: the 30 % quantile of the first `reference` values (0: of all); spread: from there to the least
  /// value; mean and deviation of the result are 0 and 1 over `values`.
  static ObjectiveScale of(const Eigen::VectorXd& values, Eigen::Index reference);
  /// Middle: the objective's worst value that is worth something; spread: from there to the least value.
  /// Where no value is that small, as above.
  static ObjectiveScale within(double worst, const Eigen::VectorXd& values, Eigen::Index reference);
  double operator()(double value) const;
  Eigen::VectorXd operator()(const Eigen::VectorXd& values) const;
};

struct StandardLimit {
  Eigen::VectorXd values;
  double threshold = 0;
};
/// Violations v become asinh(v / s), a smooth form of bilog (Eriksson and Poloczek 2021), then mean 0,
/// deviation 1. s: the median of |v|, at least a tenth of that of the first `reference` values.
StandardLimit standard_limit(const Eigen::VectorXd& violations, Eigen::Index reference);

/// A surrogate of standardised values.
struct Belief {
  Surrogate surrogate;   ///< empty for a known objective
  double threshold = 0;  ///< a limit holds below
  ObjectiveScale scale;
  std::optional<std::size_t> known;  ///< place of a known objective in the forecast
};

struct Beliefs {
  std::vector<Belief> objectives;
  std::vector<Belief> limits;  ///< the unknown limits; after them, when trials failed, "does not fail"
  bool feasible = false;       ///< whether a trial among the rows holds every limit, or there is none
  /// Least posterior mean of the first objective at a feasible row; without one, at any row. Pending trials
  /// that are believed to hold the limits count.
  double best = 0;
  /// With several objectives: posterior means at the feasible rows and at such pending trials. Reference:
  /// Objective::worst, or beyond every row by a tenth of a deviation.
  Front front;
};

struct BeliefRows {
  std::vector<Eigen::Index> rows;  ///< of the observations, ascending, at least one
  Eigen::Index reference = 0;      ///< how many of them set the scale of values; 0: all
};

/// The `count` rows nearest to row `centre` among the first `among`, ascending; distances in embedded
/// columns.
std::vector<Eigen::Index> nearest_rows(const Observations& seen, Eigen::Index centre, Eigen::Index count,
                                       Eigen::Index among);

/// The rows of one Gaussian process, standardised. First the objectives, then the unknown limits, then, when
/// trials failed, "does not fail" (1 for failed trials, -1 for the rows).
struct Quantity {
  Eigen::MatrixXd x;
  Eigen::VectorXd y;
  double threshold = 0;
  ObjectiveScale scale;
};
Quantity standard_quantity(const Observations& seen, const BeliefRows& rows, std::size_t index);

/// Gives the hyper-parameters of a quantity, which is passed along.
using ShapeSource = std::function<KernelShape(std::size_t index, const Quantity& quantity)>;

/// Conditioned on the rows, and on pending trials at their posterior mean; while nothing is feasible they are
/// believed to exceed limits by a deviation, so that parallel proposals look elsewhere. Known objectives of
/// `problem` have no surrogate when there are several objectives.
Beliefs believe(const Problem& problem, const Observations& seen, const Embedding& embedding,
                const BeliefRows& rows, const ShapeSource& shapes);

/// Whether a is at least as small as b everywhere and smaller somewhere.
bool dominates(const Eigen::RowVectorXd& a, const Eigen::RowVectorXd& b);

}  // namespace forecost::search
