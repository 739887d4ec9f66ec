// SPDX-License-Identifier: Apache-2.0
/// Which calibration networks to measure next: first by the prior, then where the predictor is unsure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "forecost/measurement/measure.h"
#include "forecost/measurement/prior.h"
#include "forecost/predictor/family.h"

namespace forecost::predictor {

class Plan {
 public:
  /// `done`: names measured before, which are not planned again. `work_limit`: see measurement::build.
  Plan(std::set<std::string> done, double work_limit, std::uint64_t seed);

  /// Next networks by the shares of the families: the family furthest behind its share comes first.
  std::vector<measurement::Draw> by_prior(std::size_t count);
  /// The same, but each is the one out of candidates / count fresh networks of its family whose predicted
  /// time rests most on doubtful kernels: largest sum_k time_k * min(log(high_k / low_k), 2) / sum_k time_k.
  /// Families keep their shares, so that doubt about rare kernels does not crowd out what networks spend
  /// their time on.
  std::vector<measurement::Draw> by_doubt(std::size_t count, const Predictor& predictor,
                                          std::size_t candidates);

  /// The item to measure for a draw. About `evicted_share` of the draws get emptied caches, by their name.
  Result<measurement::Item> item(const measurement::Draw& draw, double evicted_share, Bytes evict) const;

 private:
  measurement::Draw next_of(std::size_t family);
  std::size_t family_behind(bool repeats) const;
  std::optional<double> doubt_of(const measurement::Draw& draw, const Predictor& predictor);

  std::set<std::string> done_;
  double work_limit_;
  std::uint64_t seed_;
  std::vector<std::uint64_t> next_seed_;
  std::vector<double> drawn_;
  std::uint64_t next_candidate_ = 0;
};

}  // namespace forecost::predictor
