// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/acquisition_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "forecost/numeric/box_descent.h"
#include "forecost/search/enumeration.h"
#include "forecost/search/even_points.h"
#include "forecost/search/feasible_points.h"
#include "forecost/search/moves.h"

namespace forecost::search {
namespace {

using Unit = std::vector<double>;

constexpr double few_designs = 2048;
constexpr double screening_work = 5e6;  ///< multiply-adds
constexpr double climbing_work = 4e6;
constexpr double too_close = 1e-6;
constexpr std::int64_t few_values = 12;
constexpr std::size_t few_allowed = 24;
constexpr int forecasts_per_proposal = 3000;

int bounded(double value, int low, int high) {
  return static_cast<int>(std::clamp(value, static_cast<double>(low), static_cast<double>(high)));
}

class PromiseSearch {
 public:
  PromiseSearch(const Acquisition& acquisition, const Tried& tried, const Observations& seen,
                const SearchStart& start, numeric::Random& random)
      : acquisition_(acquisition),
        space_(acquisition.problem().space),
        tried_(tried),
        seen_(seen),
        start_(start),
        random_(random) {
    for (const Parameter& p : space_.parameters()) any_real_ = any_real_ || !p.discrete();
    any_known_ = static_cast<bool>(acquisition.problem().pool);
    for (const Limit& limit : acquisition.problem().limits) any_known_ = any_known_ || limit.known;
  }

  std::optional<Candidate> run() {
    if (!any_real_ && space_.cardinality() <= few_designs) return best_of_all();
    const double work = acquisition_.work();
    auto ranked = acquisition_.at_each(screened(bounded(screening_work / work, 48, 700)));
    drop_tried(ranked);
    if (ranked.empty()) return std::nullopt;
    std::sort(ranked.begin(), ranked.end(),
              [](const Candidate& a, const Candidate& b) { return a.value > b.value; });
    const int climbs = bounded(climbing_work / work / 40, 2, 6);
    evaluations_ = bounded(climbing_work / work / climbs / 2, 8, 40);
    std::optional<Candidate> best = ranked.front();
    for (const Candidate& from : spread_starts(ranked, climbs)) {
      const Candidate top = climbed(from);
      if (top.value > best->value && is_new(top)) best = top;
    }
    return best;
  }

 private:
  bool is_new(const Candidate& candidate) const {
    if (tried_.contains(candidate.design)) return false;
    if (!any_real_) return true;
    for (Eigen::Index r = 0; r < seen_.unit.rows(); ++r) {
      double gap = 0;
      for (std::size_t p = 0; p < space_.size(); ++p)
        gap = std::max(gap, std::abs(seen_.unit(r, static_cast<Eigen::Index>(p)) - candidate.unit[p]));
      if (gap < too_close) return false;
    }
    return true;
  }
  void drop_tried(std::vector<Candidate>& candidates) const {
    candidates.erase(std::remove_if(candidates.begin(), candidates.end(),
                                    [this](const Candidate& c) { return !is_new(c); }),
                     candidates.end());
  }

  std::optional<Candidate> best_of_all() const {
    std::vector<Unit> units;
    enumerate(space_, 1, [&](const Design& design) {
      if (!tried_.contains(design)) units.push_back(space_.encode(design));
      return true;
    });
    std::optional<Candidate> best;
    for (Candidate& next : acquisition_.at_each(units)) {
      if (!best || next.value > best->value) best = std::move(next);
    }
    return best;
  }

  Unit into_box(Unit unit) const {
    for (std::size_t p = 0; p < unit.size(); ++p) {
      if (space_[p].kind != Parameter::Kind::categorical)
        unit[p] = std::clamp(unit[p], start_.box.low[p], start_.box.high[p]);
    }
    return unit;
  }

  std::vector<Unit> screened(int count) {
    if (acquisition_.problem().pool) return screened_pool(count);
    std::vector<Unit> units;
    EvenPoints even(space_, random_.bits());
    const int plain = count * 3 / 5;
    for (int i = 0; i < plain; ++i) {
      Unit unit = even.next();
      for (std::size_t p = 0; p < unit.size(); ++p) {
        if (space_[p].kind == Parameter::Kind::categorical) {
          if (!start_.good.empty() && random_.uniform() < start_.stay) unit[p] = start_.good.front()[p];
        } else {
          unit[p] = start_.box.low[p] + unit[p] * (start_.box.high[p] - start_.box.low[p]);
        }
      }
      units.push_back(std::move(unit));
    }
    if (any_known_) add_allowed(units);
    for (int i = plain; i < count && !start_.good.empty(); ++i) {
      const auto which = static_cast<std::size_t>(i) % start_.good.size();
      const std::array<double, 4> shrink = {1, 0.3, 0.1, 0.01};
      const Move move{.size = start_.spray * shrink[static_cast<std::size_t>(i / 2) % shrink.size()],
                      .share = i % 3 == 0 ? 1.0 : 0.4};
      const Design near = moved(space_, space_.decode(start_.good[which]), move, random_);
      units.push_back(into_box(space_.encode(near)));
    }
    return units;
  }

  /// Of a pool: the neighbours of good trials, the others by chance.
  std::vector<Unit> screened_pool(int count) {
    const Pool& pool = *acquisition_.problem().pool;
    std::vector<std::size_t> order;
    for (const Unit& good : start_.good) {
      const auto near = pool.nearest(good);
      const auto most = std::min<std::size_t>(near.size(), static_cast<std::size_t>(count) / 8 + 1);
      order.insert(order.end(), near.begin(), near.begin() + static_cast<std::ptrdiff_t>(most));
    }
    std::vector<std::size_t> others(pool.designs().size());
    std::iota(others.begin(), others.end(), std::size_t{0});
    random_.shuffle(others);
    order.insert(order.end(), others.begin(), others.end());
    std::vector<bool> taken(others.size(), false);
    std::vector<Unit> units;
    for (const std::size_t i : order) {
      if (static_cast<int>(units.size()) >= count) break;
      const Design& design = pool.designs()[i];
      if (taken[i] || tried_.contains(design) || !acquisition_.problem().allowed(design)) continue;
      taken[i] = true;
      units.push_back(space_.encode(design));
    }
    return units;
  }

  /// Where few even points hold the known limits: points that were walked to.
  void add_allowed(std::vector<Unit>& units) {
    const bool all = !any_real_ && space_.cardinality() <= enumerable_designs;
    const std::size_t wanted = all ? units.size() / 2 : few_allowed;
    std::size_t allowed = 0;
    for (const Unit& unit : units) {
      if (acquisition_.problem().allowed(space_.decode(unit)) && ++allowed >= wanted) return;
    }
    for (const Design& design :
         feasible_points(acquisition_.problem(), tried_, wanted, random_, forecasts_per_proposal)) {
      units.push_back(into_box(space_.encode(design)));
    }
  }

  /// The best, then good ones that are not its neighbours.
  static std::vector<Candidate> spread_starts(const std::vector<Candidate>& ranked, int count) {
    std::vector<Candidate> starts;
    for (const double apart : {0.1, 0.0}) {
      for (const Candidate& next : ranked) {
        if (static_cast<int>(starts.size()) >= count) return starts;
        const bool far = std::all_of(starts.begin(), starts.end(), [&](const Candidate& other) {
          double gap = 0;
          for (std::size_t p = 0; p < next.unit.size(); ++p)
            gap = std::max(gap, std::abs(next.unit[p] - other.unit[p]));
          return gap > apart;
        });
        if (far) starts.push_back(next);
      }
    }
    return starts;
  }

  Candidate climbed(Candidate at) {
    for (int round = 0; round < 3; ++round) {
      const double before = at.value;
      if (any_real_) climb_reals(at);
      const bool stepped = climb_discrete(at);
      if (!stepped || at.value < before + 1e-6) break;
    }
    if (any_known_ && any_real_) climb_blindly(at);
    return at;
  }

  void climb_reals(Candidate& at) {
    std::vector<std::size_t> reals;
    for (std::size_t p = 0; p < space_.size(); ++p) {
      if (!space_[p].discrete() && !std::isnan(at.design.values[p])) reals.push_back(p);
    }
    if (reals.empty()) return;
    const auto count = static_cast<Eigen::Index>(reals.size());
    Eigen::VectorXd from(count);
    numeric::BoxDescent options{.low = Eigen::VectorXd(count),
                                .high = Eigen::VectorXd(count),
                                .evaluations = evaluations_,
                                .first_step = 0,
                                .tolerance = 1e-4};
    double widest = 0;
    for (Eigen::Index i = 0; i < count; ++i) {
      const std::size_t p = reals[static_cast<std::size_t>(i)];
      from(i) = at.unit[p];
      options.low(i) = std::min(from(i), start_.box.low[p]);
      options.high(i) = std::max(from(i), start_.box.high[p]);
      widest = std::max(widest, start_.box.high[p] - start_.box.low[p]);
    }
    options.first_step = 0.05 * widest;
    Unit unit = at.unit;
    const auto place = [&](const Eigen::VectorXd& x) {
      for (Eigen::Index i = 0; i < count; ++i) unit[reals[static_cast<std::size_t>(i)]] = x(i);
    };
    const auto found = numeric::minimise_in_box(
        [&](const Eigen::VectorXd& x) {
          place(x);
          const Acquisition::Tangent tangent = acquisition_.tangent_at(unit);
          numeric::Slope slope{.value = -tangent.value, .gradient = Eigen::VectorXd(count)};
          for (Eigen::Index i = 0; i < count; ++i)
            slope.gradient(i) = -tangent.gradient[reals[static_cast<std::size_t>(i)]];
          return slope;
        },
        from, options);
    place(found.at);
    Candidate top = acquisition_.at(unit);
    if (top.value > at.value) at = std::move(top);
  }

  std::vector<Unit> neighbours(const Candidate& at, std::size_t p) const {
    const std::int64_t count = space_[p].count();
    const double base = space_[p].kind == Parameter::Kind::integer ? space_[p].low : 0.0;
    const auto here = static_cast<std::int64_t>(at.design.values[p] - base);
    std::vector<std::int64_t> values;
    if (space_[p].kind == Parameter::Kind::categorical || count <= few_values) {
      for (std::int64_t v = 0; v < count; ++v) {
        if (v != here) values.push_back(v);
      }
    } else {
      for (std::int64_t step = 1; step < count; step *= 2) {
        if (here - step >= 0) values.push_back(here - step);
        if (here + step < count) values.push_back(here + step);
      }
    }
    std::vector<Unit> units;
    for (const std::int64_t value : values) {
      Design next = at.design;
      next.values[p] = static_cast<double>(value) + base;
      Unit unit = space_.encode(space_.repaired(std::move(next)));
      if (start_.box.holds(space_, unit)) units.push_back(std::move(unit));
    }
    return units;
  }

  bool climb_discrete(Candidate& at) {
    bool stepped = false;
    std::vector<std::size_t> order;
    for (std::size_t p = 0; p < space_.size(); ++p) {
      if (space_[p].discrete() && space_[p].count() > 1) order.push_back(p);
    }
    random_.shuffle(order);
    for (const std::size_t p : order) {
      if (std::isnan(at.design.values[p])) continue;
      for (Candidate& next : acquisition_.at_each(neighbours(at, p))) {
        if (!(next.value > at.value) || tried_.contains(next.design)) continue;
        at = std::move(next);
        stepped = true;
      }
    }
    return stepped;
  }

  /// Random steps, since a gradient stops at the edge of the allowed set.
  void climb_blindly(Candidate& at) {
    double size = 0.05;
    for (int i = 0; i < evaluations_; ++i) {
      const Design next = moved(space_, at.design, {.size = size, .share = 0.4}, random_);
      Unit unit = space_.encode(next);
      if (!start_.box.holds(space_, unit)) continue;
      Candidate candidate = acquisition_.at(std::move(unit));
      const bool better = candidate.value > at.value && is_new(candidate);
      if (better) at = std::move(candidate);
      size = std::clamp(size * (better ? 1.5 : 0.85), 1e-4, 0.2);
    }
  }

  const Acquisition& acquisition_;
  const Space& space_;
  const Tried& tried_;
  const Observations& seen_;
  const SearchStart& start_;
  numeric::Random& random_;
  int evaluations_ = 20;
  bool any_real_ = false;
  bool any_known_ = false;
};

}  // namespace

UnitBox UnitBox::whole(const Space& space) {
  return {.low = Unit(space.size(), 0.0), .high = Unit(space.size(), 1.0)};
}

UnitBox UnitBox::around(const Space& space, std::span<const double> centre, double half) {
  UnitBox box = whole(space);
  for (std::size_t p = 0; p < space.size(); ++p) {
    const double cell = space[p].discrete() ? 1.01 / static_cast<double>(space[p].count()) : 0.0;
    box.low[p] = std::max(0.0, centre[p] - std::max(half, cell));
    box.high[p] = std::min(1.0, centre[p] + std::max(half, cell));
  }
  return box;
}

bool UnitBox::holds(const Space& space, std::span<const double> unit) const {
  for (std::size_t p = 0; p < space.size(); ++p) {
    if (space[p].kind == Parameter::Kind::categorical) continue;
    if (unit[p] < low[p] - 1e-9 || unit[p] > high[p] + 1e-9) return false;
  }
  return true;
}

std::optional<Candidate> most_promising(const Acquisition& acquisition, const Tried& tried,
                                        const Observations& seen, const SearchStart& start,
                                        numeric::Random& random) {
  return PromiseSearch(acquisition, tried, seen, start, random).run();
}

}  // namespace forecost::search
