// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/design_graph.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <utility>

namespace forecost::search {
namespace {

constexpr double not_active = -1e300;
constexpr double inactive = std::numeric_limits<double>::quiet_NaN();
/// Most values of a parameter that keeps all of them, attempt by attempt; others get at most nine.
constexpr std::array<std::int64_t, 5> attempts{64, 16, 9, 5, 3};
constexpr std::int64_t grid_values = 9;

/// The named parameters and those that they are conditional on.
std::vector<std::size_t> with_parents(const Space& space, const std::vector<std::size_t>& named) {
  std::set<std::size_t> all;
  for (std::size_t p : named) {
    while (all.insert(p).second && space[p].when) p = space[p].when->parameter;
  }
  return {all.begin(), all.end()};
}

/// A level before it has arcs.
struct Plan {
  std::optional<std::size_t> link;
  const DesignRule* rule = nullptr;
  std::vector<std::size_t> names;
};

/// Links in order; a rule follows the link that is the last to name one of its parameters for the first
/// time.
std::vector<Plan> plan_of(const Space& space, const Chain& chain, const std::vector<DesignRule>& rules) {
  std::vector<std::vector<std::size_t>> names;
  std::map<std::size_t, std::size_t> first;
  for (std::size_t s = 0; s < chain.size(); ++s) {
    names.push_back(with_parents(space, chain.parameters[s]));
    for (const std::size_t p : names.back()) first.emplace(p, s);
  }
  std::vector<Plan> plan;
  const auto add_rules = [&](std::size_t behind) {  // 0: before every link
    for (const DesignRule& rule : rules) {
      const auto own = with_parents(space, rule.parameters);
      std::size_t place = 0;
      for (const std::size_t p : own) {
        const auto found = first.find(p);
        if (found != first.end()) place = std::max(place, found->second + 1);
      }
      if (place == behind) plan.push_back({.link = std::nullopt, .rule = &rule, .names = own});
    }
  };
  add_rules(0);
  for (std::size_t s = 0; s < chain.size(); ++s) {
    plan.push_back({.link = s, .rule = nullptr, .names = names[s]});
    add_rules(s + 1);
  }
  return plan;
}

}  // namespace

class DesignGraphMaker {
 public:
  DesignGraphMaker(const Space& space, const Chain& chain, const std::vector<DesignRule>& rules,
                   std::size_t most_arcs)
      : space_(space), chain_(chain), most_arcs_(most_arcs), plan_(plan_of(space, chain, rules)) {
    for (std::size_t l = 0; l < plan_.size(); ++l) {
      for (const std::size_t p : plan_[l].names) last_[p] = l;
    }
  }

  std::optional<DesignGraph> make() {
    for (const std::int64_t most_values : attempts) {
      DesignGraph graph;
      if (grown(graph, most_values)) return graph;
    }
    return std::nullopt;
  }

 private:
  struct State {
    network::Shape shape;
    Design design;  ///< what is not live is NaN
  };
  struct Front {
    std::map<std::vector<double>, std::uint32_t> index;
    std::vector<State> states;
  };

  bool grown(DesignGraph& graph, std::int64_t most_values) {
    choose_values(graph, most_values);
    Front front;
    front.states.push_back({chain_.input, Design{std::vector<double>(space_.size(), inactive)}});
    std::vector<bool> set(space_.size(), false);
    for (std::size_t l = 0; l < plan_.size(); ++l) {
      DesignGraph::Level level;
      level.link = plan_[l].link;
      for (const std::size_t p : plan_[l].names) {
        if (set[p]) continue;
        level.sets.push_back(p);
        set[p] = true;
      }
      Front next;
      passed_.clear();
      for (const State& state : front.states) {
        level.first.push_back(static_cast<std::uint32_t>(level.arcs()));
        if (!branch(level, l, 0, state, state.design, next)) return false;
      }
      level.first.push_back(static_cast<std::uint32_t>(level.arcs()));
      if (level.arcs() == 0) return false;
      graph.levels_.push_back(std::move(level));
      front = std::move(next);
    }
    graph.space_ = space_;
    graph.end_states_ = front.states.size();
    graph.named_ = std::move(set);
    return true;
  }

  void choose_values(DesignGraph& graph, std::int64_t most_values) {
    values_.assign(space_.size(), {});
    graph.half_cell_.assign(space_.size(), 0.0);
    std::vector<double> unit(space_.size(), 0.5);
    for (std::size_t p = 0; p < space_.size(); ++p) {
      if (last_.find(p) == last_.end()) continue;
      const Parameter& parameter = space_[p];
      const std::int64_t count = parameter.count();
      const double low = parameter.choices.empty() ? parameter.low : 0.0;
      if (parameter.discrete() && count <= most_values) {
        for (std::int64_t v = 0; v < count; ++v) values_[p].push_back(low + static_cast<double>(v));
        continue;
      }
      graph.complete_ = false;
      const std::int64_t points = std::min(most_values, grid_values);
      graph.half_cell_[p] = 0.5 / static_cast<double>(points - 1);
      for (std::int64_t v = 0; v < points; ++v) {
        unit[p] = static_cast<double>(v) / static_cast<double>(points - 1);
        values_[p].push_back(value_at(p, unit));
      }
      unit[p] = 0.5;
    }
  }

  /// The value of a parameter at a unit point, were it active.
  double value_at(std::size_t p, const std::vector<double>& unit) const {
    const Parameter& own = space_[p];
    Parameter alone{.name = own.name, .kind = own.kind, .low = own.low, .high = own.high, .log = own.log};
    alone.choices = own.choices;
    const Result<Space> line = Space::make({std::move(alone)});
    return line->decode(std::vector<double>{unit[p]}).values.front();
  }

  /// Adds the arcs of one state. False when there are too many.
  bool branch(DesignGraph::Level& level, std::size_t l, std::size_t at, const State& from, Design design,
              Front& next) {
    if (at == level.sets.size()) return add_arc(level, l, from, design, next);
    const std::size_t p = level.sets[at];
    if (!space_.active(p, design)) {
      design.values[p] = inactive;
      return branch(level, l, at + 1, from, std::move(design), next);
    }
    for (const double value : values_[p]) {
      design.values[p] = value;
      if (!branch(level, l, at + 1, from, design, next)) return false;
    }
    return true;
  }

  bool add_arc(DesignGraph::Level& level, std::size_t l, const State& from, const Design& design,
               Front& next) {
    const Plan& plan = plan_[l];
    if (plan.rule != nullptr && !plan.rule->holds(design)) return true;
    const network::Shape* shape = &from.shape;
    if (plan.link) {
      const std::optional<network::Shape>& after = passed(*plan.link, from.shape, design, plan.names);
      if (!after) return true;
      shape = &*after;
    }
    if (level.arcs() >= most_arcs_) return false;
    State state{*shape, design};
    std::vector<double> key(shape->begin(), shape->end());
    for (const auto& entry : last_) {
      double& value = state.design.values[entry.first];
      if (entry.second <= l) value = inactive;
      key.push_back(std::isnan(value) ? not_active : value);
    }
    const auto fresh = static_cast<std::uint32_t>(next.states.size());
    const auto [place, is_new] = next.index.emplace(std::move(key), fresh);
    if (is_new) next.states.push_back(std::move(state));
    level.to.push_back(place->second);
    for (const std::size_t p : level.sets) level.values.push_back(design.values[p]);
    return true;
  }

  /// Chain::pass, each question once per level.
  const std::optional<network::Shape>& passed(std::size_t link, const network::Shape& before,
                                              const Design& design, const std::vector<std::size_t>& names) {
    std::vector<double> key(before.begin(), before.end());
    for (const std::size_t p : names)
      key.push_back(std::isnan(design.values[p]) ? not_active : design.values[p]);
    const auto found = passed_.find(key);
    if (found != passed_.end()) return found->second;
    Result<network::Shape> after = chain_.pass(link, before, design);
    return passed_.emplace(std::move(key), after ? std::optional(*std::move(after)) : std::nullopt)
        .first->second;
  }

  const Space& space_;
  const Chain& chain_;
  std::size_t most_arcs_;
  std::vector<Plan> plan_;
  std::map<std::size_t, std::size_t> last_;  ///< of each named parameter: the last level that names it
  std::vector<std::vector<double>> values_;
  std::map<std::vector<double>, std::optional<network::Shape>> passed_;
};

std::optional<DesignGraph> DesignGraph::make(const Space& space, const Chain& chain,
                                             const std::vector<DesignRule>& rules, std::size_t most_arcs) {
  return DesignGraphMaker(space, chain, rules, most_arcs).make();
}

void DesignGraph::write(std::span<const std::uint32_t> path, Design& design) const {
  for (std::size_t l = 0; l < levels_.size(); ++l) {
    const Level& level = levels_[l];
    const std::size_t from = path[l] * level.sets.size();
    for (std::size_t i = 0; i < level.sets.size(); ++i) design.values[level.sets[i]] = level.values[from + i];
  }
}

Design DesignGraph::design(const std::vector<std::uint32_t>& path) const {
  Design design{std::vector<double>(space_.size(), inactive)};
  write(path, design);
  return space_.repaired(std::move(design));
}

Design DesignGraph::filled(Design design, numeric::Random& random) const {
  std::vector<double> unit = space_.encode(design);
  for (std::size_t p = 0; p < unit.size(); ++p) {
    if (!named_[p]) {
      unit[p] = random.uniform();
    } else if (half_cell_[p] > 0 && !std::isnan(design.values[p])) {
      unit[p] = std::clamp(unit[p] + random.uniform(-half_cell_[p], half_cell_[p]), 0.0, 1.0);
    }
  }
  Design moved = space_.decode(unit);
  // What was not moved keeps its bits: a real comes back from the unit cube rounded.
  for (std::size_t p = 0; p < unit.size(); ++p) {
    if (named_[p] && half_cell_[p] == 0) moved.values[p] = design.values[p];
  }
  return space_.repaired(std::move(moved));
}

}  // namespace forecost::search
