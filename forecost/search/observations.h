// SPDX-License-Identifier: Apache-2.0
/// The trials of a history as numbers for surrogates.
#pragma once

#include <span>
#include <vector>

#include <Eigen/Core>

#include "forecost/search/embedding.h"
#include "forecost/search/merit.h"
#include "forecost/search/problem.h"

namespace forecost::search {

/// Row r is a trial with a merit (see merits()), in order of trial numbers.
struct Observations {
  std::vector<std::size_t> trial;  ///< index into the history
  std::vector<Merit> merit;
  Eigen::MatrixXd x;               ///< rows by embedding columns
  Eigen::MatrixXd unit;            ///< rows by parameters, unit coordinates
  Eigen::MatrixXd objective;       ///< rows by objectives, small is good
  std::vector<double> worst;       ///< per objective, see Objective::worst; infinity: none
  Eigen::MatrixXd violation;       ///< rows by unknown limits, <= 0 holds
  std::vector<std::string> limit;  ///< metric of each column of `violation`
  Eigen::MatrixXd pending;         ///< waiting and running trials, embedded
  std::vector<Design> pending_design;
  Eigen::MatrixXd failed;  ///< failed trials, embedded

  Eigen::Index rows() const { return x.rows(); }
};

Observations observe(const Problem& problem, std::span<const Trial> history, const Embedding& embedding);

}  // namespace forecost::search
