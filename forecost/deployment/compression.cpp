// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/compression.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "forecost/outcome/nearest.h"
#include "forecost/search/limit_text.h"
#include "forecost/search/merit.h"

namespace forecost::deployment {
namespace {

using search::Design;
using search::Problem;
using search::Proposal;
using search::Trial;
using search::TrialState;

Error done(std::string why) {
  return {Fault::exhausted, std::move(why), "compress", "loosen the limit, or widen the ranges"};
}

/// A design of a round and the width that it narrows.
struct Candidate {
  Design design;
  std::size_t parameter = 0;
  double cost = 0;
};

class Replay {
 public:
  Replay(const CompressionOptions& options, const Problem& problem)
      : options_(options),
        problem_(problem),
        limit_(problem.limits.at(options.limit)),
        cost_(cost_function(problem, options.limit)) {}

  Result<Proposal> next(std::span<const Trial> history) {
    current_ = widest(problem_.space, options_.widths, options_.start);
    FORECOST_TRY(current_cost_, cost_(current_));
    widest_cost_ = current_cost_;
    if (history.empty()) return Proposal{current_, "the widest design: " + text_of(current_cost_)};
    FORECOST_TRY([[maybe_unused]] const Done first, check(history.front(), current_));
    const std::optional<double> start = search::objective_value(problem_, history.front(), 0);
    if (history.front().state != TrialState::complete || !start) return done("the widest design failed");
    objective_ = *start;
    std::size_t begun = 1;
    for (int round = 1; current_cost_ > limit_.bound; ++round) {
      const std::vector<Candidate> candidates = candidates_of(round);
      if (candidates.empty()) {
        return done(fmt::format("no width can be narrowed any further at {}", text_of(current_cost_)));
      }
      for (std::size_t i = 0; i < candidates.size(); ++i) {
        const Candidate& candidate = candidates[i];
        if (begun + i == history.size()) return proposal(candidate, round);
        FORECOST_TRY([[maybe_unused]] const Done good, check(history[begun + i], candidate.design));
      }
      FORECOST_TRY([[maybe_unused]] const Done chosen,
                   choose(candidates, history.subspan(begun, candidates.size())));
      begun += candidates.size();
    }
    return done(fmt::format("the limit holds: {}", text_of(current_cost_)));
  }

 private:
  std::string text_of(double cost) const { return search::to_text(cost, limit_.unit); }

  std::vector<Candidate> candidates_of(int round) const {
    const double reduction = options_.step * widest_cost_ * std::pow(options_.decay, round - 1);
    const double target = std::max(limit_.bound, current_cost_ - reduction);
    std::vector<Candidate> candidates;
    for (const std::size_t parameter : options_.widths.parameters) {
      std::optional<Design> design =
          narrowed(problem_.space, options_.widths, current_, parameter, cost_, target);
      if (!design) continue;
      const double cost = cost_(*design).value_or(current_cost_);
      candidates.push_back({*std::move(design), parameter, cost});
    }
    return candidates;
  }

  Proposal proposal(const Candidate& candidate, int round) const {
    const search::Parameter& width = problem_.space[candidate.parameter];
    return {candidate.design, fmt::format("round {}: {} narrowed to {:g} for {}", round, width.name,
                                          width_of(width, candidate.design.values[candidate.parameter]),
                                          text_of(candidate.cost))};
  }

  static Status check(const Trial& trial, const Design& expected) {
    if (!search::same(trial.design, expected)) {
      return Error{Fault::bad_input, fmt::format("trial {} is not of this compression", trial.number), "",
                   "the study or its options changed: give it another name, or delete it"};
    }
    if (trial.state == TrialState::running || trial.state == TrialState::waiting) {
      return Error{Fault::unsupported, fmt::format("trial {} still runs", trial.number), "",
                   "a round is judged when all its trials have ended: use one worker"};
    }
    return Done{};
  }

  /// Goes on from the best candidate of a round.
  Status choose(const std::vector<Candidate>& candidates, std::span<const Trial> trials) {
    std::optional<std::size_t> best;
    double least = 0;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const std::optional<double> objective = search::objective_value(problem_, trials[i], 0);
      if (trials[i].state != TrialState::complete || !objective) continue;
      const double saved = (current_cost_ - candidates[i].cost) / widest_cost_;
      const double ratio = (*objective - objective_ + 1e-6) / (saved + 1e-5);
      if (best && ratio >= least) continue;
      best = i;
      least = ratio;
    }
    if (!best) return done("every design of a round failed");
    objective_ = *search::objective_value(problem_, trials[*best], 0);
    current_ = candidates[*best].design;
    current_cost_ = candidates[*best].cost;
    return Done{};
  }

  const CompressionOptions& options_;
  const Problem& problem_;
  const search::Limit& limit_;
  DesignCost cost_;
  Design current_;
  double current_cost_ = 0;
  double widest_cost_ = 0;
  double objective_ = 0;
};

}  // namespace

DesignCost cost_function(const Problem& problem, std::size_t limit) {
  const auto begin = problem.limits.begin();
  const auto known = static_cast<std::size_t>(std::count_if(begin, begin + static_cast<std::ptrdiff_t>(limit),
                                                            [](const search::Limit& l) { return l.known; }));
  return [&problem, known](const Design& design) -> Result<double> {
    FORECOST_TRY(const std::vector<search::Known> values, problem.forecast(design));
    return values.at(known).value;
  };
}

Result<CompressionOptions> compression_of(const search::StudyFile& study,
                                          std::span<const std::string> names) {
  CompressionOptions options;
  std::optional<std::size_t> limit;
  std::size_t known = 0;
  for (std::size_t i = 0; i < study.limits.size(); ++i) {
    if (!study.limits[i].known) continue;
    const bool rule = study.known[known++].kind == search::KnownSource::Kind::expression;
    if (!rule && study.limits[i].at_most && !limit) limit = i;
  }
  if (!limit) {
    return Error{Fault::unsupported, "the study has no limit to compress towards", study.name,
                 "give an upper limit that is forecast, as latency <= 5 ms or parameters <= 1 M"};
  }
  options.limit = *limit;
  std::vector<std::string> possible;
  for (const std::size_t parameter : study.network_parameters) {
    if (study.space[parameter].kind != search::Parameter::Kind::integer || study.space[parameter].when)
      continue;
    possible.push_back(study.space[parameter].name);
    if (names.empty()) options.widths.parameters.push_back(parameter);
  }
  for (const std::string& name : names) {
    if (std::find(possible.begin(), possible.end(), name) == possible.end()) {
      return Error{Fault::bad_input, fmt::format("'{}' is no width", name), study.name,
                   "widths are integer parameters that shape the network and are always active; " +
                       did_you_mean(name, possible)};
    }
    options.widths.parameters.push_back(*study.space.find(name));
  }
  if (options.widths.parameters.empty()) {
    return Error{Fault::unsupported, "the study has no width to narrow", study.name,
                 "make the widths of its network integer parameters"};
  }
  const search::Design middle = study.space.repaired({std::vector<double>(study.space.size(), std::nan(""))});
  options.start = widest(study.space, options.widths, middle);
  return options;
}

Result<Proposal> NetAdapt::propose(const Problem& problem, std::span<const Trial> history,
                                   std::uint64_t /*seed*/) {
  return Replay(options_, problem).next(history);
}

Result<Proposal> UniformWidths::propose(const Problem& problem, std::span<const Trial> history,
                                        std::uint64_t /*seed*/) {
  const search::Limit& limit = problem.limits.at(options_.limit);
  if (!history.empty()) return done("there is one design whose widths share a factor");
  const Design start = widest(problem.space, options_.widths, options_.start);
  const std::optional<ScaledWidths> scaled = scale_widths(
      problem.space, options_.widths, start, cost_function(problem, options_.limit), limit.bound);
  if (!scaled) {
    return Error{Fault::unsupported, "even the narrowest design breaks the limit", limit.metric,
                 "loosen the limit, or let widths be smaller"};
  }
  return Proposal{scaled->design, fmt::format("all widths times {:.3g}: {}", scaled->factor,
                                              search::to_text(scaled->cost, limit.unit))};
}

}  // namespace forecost::deployment
