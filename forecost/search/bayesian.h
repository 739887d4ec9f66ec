// SPDX-License-Identifier: Apache-2.0
/// Bayesian optimisation with limits: what constrained_ei and hypervolume share.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "forecost/numeric/random.h"
#include "forecost/search/acquisition.h"
#include "forecost/search/observations.h"
#include "forecost/search/shape_memory.h"
#include "forecost/search/strategy.h"
#include "forecost/search/tried.h"
#include "forecost/search/trust_box.h"

namespace forecost::search {

enum class Aim {
  best,  ///< one objective: constrained expected improvement
  front  ///< several: growth of the volume that the front dominates
};

struct BayesianSettings {
  Aim aim = Aim::best;
  KnownChance chance = KnownChance::weight;
  bool refine = true;    ///< every second proposal searches a trust box around the best trial (one objective)
  int initial = 0;       ///< start points; 0: parameters + 3, at least 5, at most 14
  bool capacity = true;  ///< see Problem::capacity: columns of the surrogate, and the first two thirds of the
                         ///< start points
  bool warp = false;     ///< the surrogates warp numbers and ordered choices; see KernelShape
};

/// Hyper-parameters are fitted to the first rows only, up to a count that grows in steps, so that they are a
/// function of the history alone; they are remembered under a fingerprint of what they were fitted to.
/// Surrogates hold at most 288 rows: the best 128 and others at even distances. About 5 ms of CPU for a
/// proposal at 100 trials in ten dimensions with two unknown limits.
class BayesianSearch final : public Strategy {
 public:
  explicit BayesianSearch(BayesianSettings settings) : settings_(settings) {}
  Result<Proposal> propose(const Problem& problem, std::span<const Trial> history,
                           std::uint64_t seed) override;

 private:
  struct Scene {
    const Problem& problem;
    std::span<const Trial> history;
    const Observations& seen;
    const Tried& tried;
    const Embedding& embedding;
  };

  std::size_t initial_of(const Space& space) const;
  ShapeFit fit_of(const Embedding& embedding) const;
  Result<Proposal> started(const Problem& problem, std::span<const Trial> history, std::uint64_t seed,
                           const Tried& tried) const;
  /// Over the whole space; `first`: rows that set the scale of values.
  std::optional<Proposal> improved(const Scene& scene, Eigen::Index first, numeric::Random& dice);
  /// Inside a trust box; hyper-parameters start from those of the whole space.
  std::optional<Proposal> refined(const Scene& scene, const TrustBox& box, Eigen::Index first,
                                  numeric::Random& dice);

  BayesianSettings settings_;
  ShapeMemory shapes_;
};

}  // namespace forecost::search
