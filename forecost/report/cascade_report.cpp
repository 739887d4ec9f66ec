// SPDX-License-Identifier: Apache-2.0
#include "forecost/report/cascade_report.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "forecost/report/picture.h"

namespace forecost::report {
namespace {

using deployment::Candidate;
using deployment::Cascade;
using deployment::CascadePoint;
using deployment::CascadeResult;
using deployment::Place;
using deployment::Spending;

constexpr double coverage = 0.9;

Value energy_value(double joules) {
  return std::isfinite(joules) ? Value(Joules(joules)) : Value();
}

CascadeResult reported(const CascadeView& view, const Cascade& cascade) {
  return deployment::evaluate(view.problem, view.scores, cascade, view.halves.report);
}

deployment::ShareInterval interval_of(const CascadeView& view, const CascadeResult& result) {
  return deployment::share_interval(static_cast<double>(result.correct),
                                    static_cast<double>(view.halves.report.size()), coverage);
}

std::string percent(double share) {
  return fmt::format("{:.1f} %", 100 * share);
}

bool sends(const CascadeView& view) {
  return std::any_of(view.problem.candidates.begin(), view.problem.candidates.end(),
                     [](const Candidate& candidate) { return candidate.place == Place::server; });
}

bool knows_energy(const CascadeView& view) {
  return std::any_of(view.problem.candidates.begin(), view.problem.candidates.end(),
                     [](const Candidate& candidate) { return candidate.energy.has_value(); });
}

/// People need not see columns that hold nothing.
Audience if_there(bool there) {
  return there ? Audience::everyone : Audience::machines;
}

/// The network that is right most often on the tuning half; of equals the first.
Cascade best_alone(const CascadeView& view) {
  Cascade best;
  std::int64_t most = -1;
  double least = 0;
  for (std::size_t c = 0; c < view.problem.candidates.size(); ++c) {
    const CascadeResult tuned = deployment::evaluate(view.problem, view.scores, {{c}}, view.halves.tune);
    const double cost = tuned.mean[static_cast<std::size_t>(view.minimised)];
    if (tuned.correct < most || (tuned.correct == most && cost >= least)) continue;
    most = tuned.correct;
    least = cost;
    best = {{c}};
  }
  return best;
}

void add_result(const CascadeView& view, const Cascade& cascade, const std::string& key, Report& report) {
  const CascadeResult result = reported(view, cascade);
  const CascadeResult tuned = deployment::evaluate(view.problem, view.scores, cascade, view.halves.tune);
  const deployment::ShareInterval interval = interval_of(view, result);
  const bool chosen = key == "chosen";
  const std::string whose = chosen ? "" : "its ";
  report.facts.push_back({key + ".cascade", chosen ? "cascade" : "best network alone",
                          deployment::to_text(view.problem, cascade)});
  report.facts.push_back({key + ".accuracy", whose + "accuracy", Share{result.accuracy}, Audience::everyone,
                          fmt::format("{} ({} to {})", percent(result.accuracy), percent(interval.low),
                                      percent(interval.high))});
  report.facts.push_back({key + ".accuracy_low", "", Share{interval.low}, Audience::machines});
  report.facts.push_back({key + ".accuracy_high", "", Share{interval.high}, Audience::machines});
  report.facts.push_back({key + ".tuned_accuracy", "accuracy when chosen", Share{tuned.accuracy},
                          chosen ? Audience::everyone : Audience::machines});
  report.facts.push_back({key + ".time_ms", whose + "mean time", Seconds(result.mean[0])});
  report.facts.push_back({key + ".longest_ms", whose + "longest time", result.longest});
  if (std::isfinite(result.mean[1]))
    report.facts.push_back({key + ".energy_mj", whose + "mean energy", Joules(result.mean[1])});
  if (result.mean[2] > 0)
    report.facts.push_back({key + ".sent_bytes", whose + "mean sent", Bytes(std::llround(result.mean[2]))});
}

Table stages_table(const CascadeView& view) {
  Table table{.key = "stages",
              .title = "Stages of the cascade",
              .columns = {{"network", "network"},
                          {"place", "place", Audience::everyone, 2},
                          {"threshold", "answers from"},
                          {"reached_share", "reached by"},
                          {"answered_share", "answers"},
                          {"time_ms", "time"},
                          {"energy_mj", "energy", if_there(knows_energy(view)), 1}},
              .rows = {}};
  const Cascade& cascade = view.chosen->cascade;
  const CascadeResult result = reported(view, cascade);
  double reached = 1;
  Place place = Place::device;
  for (std::size_t stage = 0; stage < cascade.size(); ++stage) {
    const Candidate& candidate = view.problem.candidates[cascade[stage].candidate];
    const deployment::Spent step = deployment::step_cost(view.problem, place, candidate);
    const bool last = stage + 1 == cascade.size();
    table.rows.push_back({candidate.network, std::string(deployment::name_of(candidate.place)),
                          last ? Value() : Value(cascade[stage].threshold), Share{reached},
                          Share{result.answered[stage]}, Seconds(step[0]), energy_value(step[1])});
    reached = std::max(0.0, reached - result.answered[stage]);
    place = candidate.place;
  }
  return table;
}

bool same(const Cascade& a, const Cascade& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const deployment::Stage& x, const deployment::Stage& y) {
                      return x.candidate == y.candidate && x.threshold == y.threshold;
                    });
}

Table cascades_table(const CascadeView& view, std::string key, std::string title,
                     const std::vector<Cascade>& cascades) {
  Table table{.key = std::move(key),
              .title = std::move(title),
              .columns = {{"cascade", "cascade"},
                          {"accuracy", "accuracy"},
                          {"accuracy_low", "low", Audience::machines},
                          {"accuracy_high", "high", Audience::machines},
                          {"tuned_accuracy", "when chosen", Audience::everyone, 2},
                          {"time_ms", "time"},
                          {"energy_mj", "energy", if_there(knows_energy(view)), 1},
                          {"sent_bytes", "sent", if_there(sends(view)), 3},
                          {"longest_ms", "longest", Audience::everyone, 4},
                          {"chosen", "", Audience::machines},
                          {"mark", "", Audience::people}},
              .rows = {}};
  for (const Cascade& cascade : cascades) {
    const CascadeResult result = reported(view, cascade);
    const CascadeResult tuned = deployment::evaluate(view.problem, view.scores, cascade, view.halves.tune);
    const deployment::ShareInterval interval = interval_of(view, result);
    const bool chosen = same(cascade, view.chosen->cascade);
    table.rows.push_back(
        {deployment::to_text(view.problem, cascade), Share{result.accuracy}, Share{interval.low},
         Share{interval.high}, Share{tuned.accuracy}, Seconds(result.mean[0]), energy_value(result.mean[1]),
         Bytes(std::llround(result.mean[2])), result.longest, chosen, std::string(chosen ? "<" : "")});
  }
  return table;
}

/// At most `most` of them and the chosen one, the ends included; 0: all.
std::vector<Cascade> evenly(const CascadeView& view, const std::vector<Cascade>& cascades, std::size_t most) {
  if (most == 0 || cascades.size() <= most) return cascades;
  std::vector<Cascade> shown;
  const auto chosen = static_cast<std::size_t>(view.chosen - view.front.points.data());
  std::size_t step = 0;
  for (std::size_t i = 0; i < cascades.size(); ++i) {
    const bool due = most > 1 && i >= step * (cascades.size() - 1) / (most - 1);
    step += due ? 1 : 0;
    if (due || i == chosen) shown.push_back(cascades[i]);
  }
  return shown;
}

std::vector<Cascade> networks_alone(const CascadeView& view) {
  std::vector<Cascade> alone;
  for (std::size_t c = 0; c < view.problem.candidates.size(); ++c) alone.push_back({{c}});
  return alone;
}

std::vector<Cascade> cascades_of(const CascadeView& view) {
  std::vector<Cascade> cascades;
  for (const CascadePoint& point : view.front.points) cascades.push_back(point.cascade);
  return cascades;
}

void warn(const CascadeView& view, Report& report) {
  if (!view.front.exact) {
    report.warnings.push_back({"the search was cut short: the front may not be exact",
                               "allow fewer --stages, or give fewer networks"});
  }
  const CascadeResult result = reported(view, view.chosen->cascade);
  if (result.accuracy < view.accuracy) {
    report.warnings.push_back(
        {fmt::format("on samples that it was not chosen on it is right in {}, not in {}",
                     percent(result.accuracy), percent(view.accuracy)),
         "ask for a --chance above 0.5, or give more samples"});
  }
  const deployment::ShareInterval interval = interval_of(view, result);
  if (interval.high - interval.low > 0.05) {
    report.warnings.push_back({fmt::format("{} samples leave the accuracy uncertain by {}",
                                           view.halves.report.size(), percent(interval.high - interval.low)),
                               "give more samples"});
  }
  if (view.scores.softmax) {
    report.warnings.push_back({"the scores are no probabilities: confidence is that of their softmax", ""});
  }
  if (view.declared) {
    report.warnings.push_back(
        {"energy is forecast time x the declared power", "give --energy where it was measured"});
  }
}

}  // namespace

Report cascade_report(const CascadeView& view, std::size_t most) {
  FORECOST_EXPECTS(view.chosen != nullptr, "a cascade was chosen");
  Report report{.kind = "forecost.cascade", .version = 1, .title = "Cascade: " + view.goal};
  report.facts = {
      {"goal", "", view.goal, Audience::machines},
      {"tuning_samples", "samples, chosen on", static_cast<std::int64_t>(view.halves.tune.size())},
      {"reported_samples", "samples, reported on", static_cast<std::int64_t>(view.halves.report.size())},
      {"exact", "search", view.front.exact, Audience::everyone, view.front.exact ? "exact" : "cut short"}};
  add_result(view, view.chosen->cascade, "chosen", report);
  const Cascade alone = best_alone(view);
  add_result(view, alone, "alone", report);
  const auto metric = static_cast<std::size_t>(view.minimised);
  const double ratio = reported(view, alone).mean[metric] / reported(view, view.chosen->cascade).mean[metric];
  if (std::isfinite(ratio) && metric < 2) {
    report.facts.push_back(
        {"saving_factor", metric == 0 ? "slower by a factor of" : "hungrier by a factor of", ratio});
  }
  report.tables.push_back(stages_table(view));
  const std::vector<Cascade> front = cascades_of(view);
  const std::vector<Cascade> shown = evenly(view, front, most);
  report.tables.push_back(cascades_table(view, "front", "", front));
  report.tables.back().audience = Audience::machines;
  const std::string title =
      shown.size() == front.size()
          ? "Cascades that no other beats, cheapest first"
          : fmt::format("{} of {} cascades that no other beats, cheapest first", shown.size(), front.size());
  report.tables.push_back(cascades_table(view, "shown", title, shown));
  report.tables.back().audience = Audience::people;
  report.tables.push_back(cascades_table(view, "networks", "Networks alone", networks_alone(view)));
  report.csv_table = "front";
  warn(view, report);
  return report;
}

std::string cascade_picture(const CascadeView& view) {
  const auto metric = static_cast<std::size_t>(view.minimised);
  Plot plot;
  plot.title = "Cascades: accuracy against cost";
  plot.x.log = true;
  plot.y.title = "accuracy on samples not chosen on";
  plot.y.text = [](double y) { return fmt::format("{:.4g} %", y); };
  switch (view.minimised) {
    case Spending::time:
      plot.x.title = "mean time per sample";
      plot.x.text = [](double x) { return forecost::to_text(Seconds(x)); };
      break;
    case Spending::energy:
      plot.x.title = "mean energy per sample";
      plot.x.text = [](double x) { return forecost::to_text(Joules(x)); };
      break;
    case Spending::sent:
      plot.x.title = "mean bytes sent per sample";
      plot.x.log = false;
      break;
  }
  const auto mark = [&](const Cascade& cascade, bool labelled) {
    const CascadeResult result = reported(view, cascade);
    const std::string text = deployment::to_text(view.problem, cascade);
    return Mark{result.mean[metric], 100 * result.accuracy, labelled ? text : std::string(), text};
  };
  Series front{.name = "cascades", .marks = {}, .line = Series::Line::steps, .size = 3};
  for (const Cascade& cascade : cascades_of(view)) front.marks.push_back(mark(cascade, false));
  std::stable_sort(front.marks.begin(), front.marks.end(),
                   [](const Mark& a, const Mark& b) { return a.x < b.x; });
  Series alone{.name = "networks alone", .marks = {}, .size = 5};
  for (const Cascade& cascade : networks_alone(view)) alone.marks.push_back(mark(cascade, true));
  Series chosen{.name = "chosen", .marks = {mark(view.chosen->cascade, false)}, .size = 6};
  plot.series = {std::move(front), std::move(alone), std::move(chosen)};
  return to_svg(plot);
}

}  // namespace forecost::report
