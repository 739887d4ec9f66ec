// SPDX-License-Identifier: Apache-2.0
/// How much a design promises: constrained expected improvement, as a logarithm.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "forecost/search/beliefs.h"
#include "forecost/search/embedding.h"
#include "forecost/search/problem.h"

namespace forecost::search {

/// A design on its way through a search: both forms at once.
struct Candidate {
  std::vector<double> unit;  ///< encode(design) for discrete parameters; exact for reals
  Design design;
  double value = 0;  ///< of the acquisition; -infinity where a known limit does not hold
};

/// How known limits with an uncertain forecast enter, beyond Problem::allowed.
enum class KnownChance {
  weight,  ///< as a factor Phi((bound - mean) / deviation): HW-CWEI
  ignore   ///< not at all: HW-IECI's indicator
};

///   log EI(x) + sum_limits log Phi((threshold - mean(x)) / deviation(x))
///
/// after Gardner et al. 2014, Gelbart et al. 2014, and Ament et al. 2023. With several objectives EI is the
/// expected growth of the dominated volume; an objective that the forecast knows enters exactly. While no
/// trial is feasible: the sum alone. Known limits are exact: -infinity outside of Problem::allowed.
class Acquisition {
 public:
  Acquisition(const Problem& problem, const Embedding& embedding, const Beliefs& beliefs, KnownChance chance);

  /// Decodes the unit point and rounds it: the value is that of the design that would be proposed. O(rows^2).
  Candidate at(std::vector<double> unit) const;
  /// The same for many; those that a known limit forbids are dropped.
  std::vector<Candidate> at_each(const std::vector<std::vector<double>>& units) const;

  struct Tangent {
    double value = 0;
    std::vector<double> gradient;  ///< by unit coordinate; 0 for discrete parameters
  };
  Tangent tangent_at(std::span<const double> unit) const;

  /// Chance that all unknown limits hold, and, with one objective, of improving on the best.
  struct Chances {
    double holds = 1;
    double improves = 0;
  };
  Chances chances(const Candidate& candidate) const;

  const Problem& problem() const { return *problem_; }
  const Beliefs& beliefs() const { return *beliefs_; }
  const Embedding& embedding() const { return *embedding_; }
  /// Arithmetic of one evaluation, in multiply-adds.
  double work() const;

 private:
  /// What the forecast says of a design.
  struct Sure {
    double log_chance = 0;          ///< that the known limits hold; -infinity where they are not allowed
    std::vector<Posterior> values;  ///< of the known objectives, standardised, in order of the objectives
  };
  Sure known(const Design& design) const;
  /// The value where `posterior` gives what the surrogate of a belief says.
  double value_of(const Sure& sure, const std::function<Posterior(const Belief&)>& posterior) const;
  double value_at(const Design& design, std::span<const double> unit) const;

  const Problem* problem_;
  const Embedding* embedding_;
  const Beliefs* beliefs_;
  KnownChance chance_;
  bool any_known_ = false;  ///< limits or objectives
};

}  // namespace forecost::search
