// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/morph.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/search/limit_text.h"
#include "forecost/search/tried.h"

namespace forecost::deployment {
namespace {

using search::Design;
using search::Problem;
using search::Proposal;
using search::Trial;
using search::TrialState;

/// The choice whose number is nearest; integers stand for themselves.
double value_near(const search::Parameter& width, double number) {
  if (width.kind != search::Parameter::Kind::ordinal) return number;
  double best = 0;
  for (std::size_t i = 0; i < width.choices.size(); ++i) {
    const auto value = static_cast<double>(i);
    if (std::abs(width_of(width, value) - number) < std::abs(width_of(width, best) - number)) best = value;
  }
  return best;
}

/// The design of a trial with the widths that its training left.
Result<Design> left_by(const Problem& problem, const Widths& widths, const Trial& trial) {
  Design design = trial.design;
  for (const std::size_t parameter : widths.parameters) {
    const search::Parameter& width = problem.space[parameter];
    const std::string metric = "alive." + width.name;
    const auto found = trial.metrics.find(metric);
    if (found == trial.metrics.end()) {
      return Error{Fault::bad_input,
                   fmt::format("trial {} does not say what is left of {}", trial.number, width.name), metric,
                   "report the number of channels whose scale the regulariser did not bring to zero"};
    }
    design.values[parameter] = value_near(width, std::max(1.0, std::nearbyint(found->second)));
  }
  return design;
}

}  // namespace

Result<Proposal> MorphNet::propose(const Problem& problem, std::span<const Trial> history,
                                   std::uint64_t /*seed*/) {
  const search::Limit& limit = problem.limits.at(options_.limit);
  Design base = widest(problem.space, options_.widths, options_.start);
  if (!history.empty()) {
    const Trial& last = history.back();
    if (last.state == TrialState::running || last.state == TrialState::waiting) {
      return Error{Fault::unsupported, fmt::format("trial {} still runs", last.number), "",
                   "the next widths are what it leaves: use one worker"};
    }
    if (last.state != TrialState::complete) {
      return Error{Fault::exhausted, fmt::format("trial {} left no widths", last.number), "compress",
                   "see why it failed with forecost study show"};
    }
    FORECOST_TRY(base, left_by(problem, options_.widths, last));
  }
  const std::optional<ScaledWidths> scaled =
      scale_widths(problem.space, options_.widths, base, cost_function(problem, options_.limit), limit.bound);
  if (!scaled) {
    return Error{Fault::unsupported, "even the narrowest design breaks the limit", limit.metric,
                 "loosen the limit, or let widths be smaller"};
  }
  if (search::Tried(history).contains(scaled->design)) {
    return Error{Fault::exhausted, "the widths no longer change", "compress",
                 "train with a stronger regulariser to go on"};
  }
  const std::string what = history.empty()
                               ? std::string("all widths")
                               : fmt::format("what trial {} left of the widths", history.back().number);
  return Proposal{scaled->design, fmt::format("{} times {:.3g}: {}", what, scaled->factor,
                                              search::to_text(scaled->cost, limit.unit))};
}

Result<std::string> regulariser_of(const Problem& problem, const CompressionOptions& options,
                                   const Design& design) {
  const DesignCost cost = cost_function(problem, options.limit);
  FORECOST_TRY(const double whole, cost(design));
  FORECOST_TRY(const std::vector<double> channels,
               channel_costs(problem.space, options.widths, design, cost));
  nlohmann::json by_width = nlohmann::json::object();
  for (std::size_t i = 0; i < channels.size(); ++i)
    by_width[problem.space[options.widths.parameters[i]].name] = channels[i];
  const search::Limit& limit = problem.limits.at(options.limit);
  return nlohmann::json{
      {"metric", limit.metric}, {"cost", whole}, {"limit", limit.bound}, {"channel_costs", by_width}}
      .dump();
}

}  // namespace forecost::deployment
