// SPDX-License-Identifier: Apache-2.0
/// Designs as points for a kernel.
#pragma once

#include <span>
#include <vector>

#include <Eigen/Core>

#include "forecost/search/problem.h"
#include "forecost/search/space.h"

namespace forecost::search {

/// Columns per parameter, all of one group (one length scale):
///
///   number, ordered choice       its unit coordinate u, of the rounded value
///   categorical                  one column per choice, 1 / sqrt(2) at the chosen one: two different choices
///                                are 1 apart (Hamming)
///   the same under a condition   (cos u, sin u) while active, the origin while not (Hutter and Osborne
///   2013);
///                                a categorical has no choice while not active
///
/// Parameters with a single value have no column.
///
/// Of a problem without real parameters there is more, each a group of its own:
///
///   each known limit on a positive metric   the logarithm of its forecast, in [0, 1] over a sample: what
///   costs
///                                           alike often is alike good
///   categoricals with the same choices      for each choice the share of them that has it: a network is
///   often as
///                                           good as the operations it is made of, wherever they stand
///
/// Of a problem with Problem::capacity, each a group of its own where it differs over the sample:
///
///   macs, parameters   their logarithms, in [0, 1] over the sample; -0.25 for none
///   longest, shortest  the logarithms of one more, likewise
class Embedding {
 public:
  explicit Embedding(const Space& space);
  /// 128 forecasts; `problem` must outlive the embedding.
  static Embedding with_forecasts(const Problem& problem);
  /// The same without capacities.
  static Embedding with_costs(const Problem& problem);

  Eigen::Index columns() const { return columns_; }
  Eigen::Index groups() const { return groups_; }
  std::span<const Eigen::Index> group_of_column() const { return group_of_column_; }
  /// The group of a parameter's columns; -1: it has none.
  Eigen::Index group_of(std::size_t parameter) const {
    const Eigen::Index column = first_column_[parameter];
    return column < 0 ? -1 : group_of_column_[static_cast<std::size_t>(column)];
  }

  /// Columns of numbers and ordered choices that are always active: in [0, 1], each a group of its own.
  std::vector<Eigen::Index> ordered_columns() const;

  /// `unit` is space.encode(design).
  Eigen::VectorXd place(const Design& design, std::span<const double> unit) const;
  Eigen::VectorXd place(const Design& design) const;
  /// Derivative by the unit coordinate of a real parameter, given the derivative by columns at its place.
  double chain(std::size_t parameter, double unit, const Eigen::VectorXd& by_column) const;

  const Space& space() const { return *space_; }

 private:
  struct Family {
    std::vector<std::size_t> parameters;
    Eigen::Index first = 0;  ///< column
    Eigen::Index choices = 0;
  };
  /// A logarithm, scaled to [0, 1] over a sample.
  struct Scaled {
    std::size_t place = 0;  ///< in what Problem::forecast gives, or in Capacity::values
    Eigen::Index column = 0;
    double low = 0;
    double high = 0;
  };

  void add_families();
  void add_forecasts(const Problem& problem, const std::vector<Design>& sample);
  void add_capacity(const Problem& problem, const std::vector<Design>& sample);
  void add_group(Eigen::Index width);
  void place_forecasts(const Design& design, Eigen::VectorXd& point) const;
  void place_capacity(const Design& design, Eigen::VectorXd& point) const;

  const Space* space_;
  const Problem* problem_ = nullptr;  ///< of the forecasts and capacities
  std::vector<Family> families_;
  std::vector<Scaled> forecasts_;
  std::vector<Scaled> capacities_;
  std::vector<Eigen::Index> first_column_;  ///< -1: none
  std::vector<Eigen::Index> group_of_column_;
  Eigen::Index columns_ = 0;
  Eigen::Index groups_ = 0;
};

}  // namespace forecost::search
