// SPDX-License-Identifier: Apache-2.0
/// Designs as points for a kernel.
#pragma once

#include <span>
#include <vector>

#include <Eigen/Core>

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
class Embedding {
 public:
  explicit Embedding(const Space& space);

  Eigen::Index columns() const { return columns_; }
  Eigen::Index groups() const { return groups_; }
  std::span<const Eigen::Index> group_of_column() const { return group_of_column_; }
  /// The group of a parameter's columns; -1: it has none.
  Eigen::Index group_of(std::size_t parameter) const {
    const Eigen::Index column = first_column_[parameter];
    return column < 0 ? -1 : group_of_column_[static_cast<std::size_t>(column)];
  }

  /// `unit` is space.encode(design).
  Eigen::VectorXd place(const Design& design, std::span<const double> unit) const;
  Eigen::VectorXd place(const Design& design) const;
  /// Derivative by the unit coordinate of a real parameter, given the derivative by columns at its place.
  double chain(std::size_t parameter, double unit, const Eigen::VectorXd& by_column) const;

  const Space& space() const { return *space_; }

 private:
  const Space* space_;
  std::vector<Eigen::Index> first_column_;  ///< -1: none
  std::vector<Eigen::Index> group_of_column_;
  Eigen::Index columns_ = 0;
  Eigen::Index groups_ = 0;
};

}  // namespace forecost::search
