// SPDX-License-Identifier: Apache-2.0
// Searches on published tables under a limit on cost that is known beforehand: trainings until a network is
// within 0.5 points of the best one (energy: 0.5 %) that holds the limit, medians over seeds, beside Optuna.
// A search ends when it found one: "lacks" is what it lacks of the optimum by then.
//
// Limits lie at the 5, 10, 25 and 50 % quantile of the table's cost. Optuna is told of limits by its own
// means; designs that break them, and designs that it asks for twice, are answered without a training. Where
// a table has not every design of its space, Optuna's design stands for the nearest row that was not trained.
// Early stopping: NAS-Bench-201's results after 12 of 200 epochs, one network of four goes on.
//
// FORECOST_STUDY_DATA (../shared/data), FORECOST_STUDY_SEEDS (10), FORECOST_STUDY_RIVAL_SEEDS (10),
// FORECOST_STUDY_TRIALS (60), FORECOST_STUDY_PROBLEMS (names that begin so; see default_problems; "": all;
// rivals take minutes for each limit on accel_nasbench),
// FORECOST_STUDY_STRATEGIES ("constrained_ei,evolution,random"), FORECOST_STUDY_RIVALS ("tpe,nsga2"; "gp"
// takes hours). Deterministic. Absent tables are said to be absent.
#include <algorithm>
#include <cmath>
#include <ctime>
#include <iostream>
#include <limits>
#include <map>
#include <set>
#include <span>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/numeric/statistics.h"
#include "forecost/report/figure.h"
#include "forecost/search/stop_rules.h"
#include "forecost/search/strategy.h"
#include "known_rivals.h"
#include "known_tables.h"
#include "settings.h"

namespace {

using namespace forecost;
using nlohmann::json;
using report::Figure;
using studies::KnownTable;
using studies::listed;
using studies::setting;

constexpr double never = std::numeric_limits<double>::infinity();
constexpr int first_epochs = 12;
constexpr int all_epochs = 200;
constexpr std::size_t trials_with_early_stopping = 100;
constexpr const char* default_problems = "nasbench201.cifar10.,mlperf_edge.rpi4,zeus";

struct Budget {
  std::uint64_t seeds, rival_seeds;
  std::size_t trials;
  bool to_the_end = false;  ///< not only until a score was found
};

struct Run {
  double found = never;  ///< trainings until a score was found
  double best = never;   ///< score at the end
  double training = 0;   ///< seconds of all trainings
  double seconds = 0;    ///< CPU of the proposals
  std::size_t trials = 0;
  std::size_t broken = 0;  ///< trainings that broke the limit
};

void add(const KnownTable& table, const search::Trial& trial, Run& run) {
  ++run.trials;
  if (trial.metrics.at("cost") > table.bound) ++run.broken;
  if (trial.state != search::TrialState::complete) return;
  run.best = std::min(run.best, trial.metrics.at("f"));
  if (run.best <= table.found) run.found = std::min(run.found, static_cast<double>(run.trials));
}

/// One training; with a rule it is asked after the first epochs.
search::Trial trained(const KnownTable& table, search::Design design, std::span<const search::Trial> history,
                      const search::StopRule& rule, double& seconds) {
  const std::size_t row = table.rows->find(design).value();
  const auto number = static_cast<std::int64_t>(history.size());
  search::Trial trial = studies::finished(table.known, number, std::move(design));
  const double whole = table.rows->seconds.empty() ? 0.0 : table.rows->seconds[row];
  seconds += whole;
  if (!rule) return trial;
  trial.reports = {{first_epochs, {{"f", table.rows->early[row]}}}};
  trial.state = search::TrialState::running;
  trial.failure = rule(table.known.problem, history, trial);
  trial.state = search::TrialState::complete;
  if (!trial.failure.empty()) {
    trial.state = search::TrialState::stopped;
    trial.metrics["f"] = table.rows->early[row];
    seconds -= whole * (all_epochs - first_epochs) / all_epochs;
  }
  return trial;
}

Result<Run> run_ours(const KnownTable& table, const std::string& name, std::uint64_t seed,
                     const Budget& budget, const search::StopRule& rule = {}) {
  const auto* entry = search::find_strategy(name);
  if (entry == nullptr)
    return Error{Fault::not_found, "there is no strategy of this name", name, "see forecost list strategies"};
  FORECOST_TRY(const auto strategy, entry->make(json::object()));
  std::vector<search::Trial> history;
  Run run;
  while (history.size() < budget.trials && (budget.to_the_end || !std::isfinite(run.found))) {
    const std::clock_t before = std::clock();
    auto proposal = strategy->propose(table.known.problem, history, seed);
    run.seconds += static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
    if (!proposal && proposal.error().fault == Fault::exhausted) break;
    if (!proposal) return proposal.error();
    history.push_back(trained(table, std::move(proposal->design), history, rule, run.training));
    add(table, history.back(), run);
  }
  return run;
}

double median_of(const std::vector<Run>& runs, double Run::*member) {
  std::vector<double> values;
  for (const Run& run : runs) values.push_back(run.*member);
  std::sort(values.begin(), values.end());
  // Two middle values: the mean, so that infinity stays what it is.
  const std::size_t n = values.size();
  return 0.5 * (values[(n - 1) / 2] + values[n / 2]);
}

void print(const std::string& key, double value, const std::string& unit) {
  std::cout << report::result_line({.key = "tables." + key, .value = value, .unit = unit}) << '\n';
}

struct Row {
  std::string who;
  double found = never;
};

Row summarised(const KnownTable& table, const std::string& who, const std::vector<Run>& runs) {
  const double found = median_of(runs, &Run::found);
  std::size_t broken = 0;
  double seconds = 0;
  double proposals = 0;
  for (const Run& run : runs) {
    broken += run.broken;
    seconds += run.seconds;
    proposals += static_cast<double>(run.trials);
  }
  std::cout << fmt::format("{:44} {:16} {:>7} {:>9.3f} {:>8.2f} {:>6}\n", table.known.name, who,
                           std::isfinite(found) ? fmt::format("{:.1f}", found) : "-",
                           median_of(runs, &Run::best) - table.known.optimum,
                           1e3 * seconds / std::max(1.0, proposals), broken)
            << std::flush;
  return {who, found};
}

std::vector<Row> rows_of_ours(const KnownTable& table, const std::vector<std::string>& names,
                              const Budget& budget, std::size_t& broken) {
  std::vector<Row> rows;
  for (const std::string& name : names) {
    std::vector<Run> runs;
    for (std::uint64_t seed = 1; seed <= budget.seeds; ++seed) {
      auto run = run_ours(table, name, seed, budget);
      if (!run) {
        std::cout << report::absent_line("tables." + table.known.name + "." + name, to_string(run.error()))
                  << '\n';
        break;
      }
      broken += run->broken;
      runs.push_back(*run);
    }
    if (runs.size() == budget.seeds) rows.push_back(summarised(table, name, runs));
  }
  return rows;
}

/// What a rival's run depends on besides its seed.
std::string mark_of(const KnownTable& table) {
  return fmt::format("{} rows of {}: at most {:.17g}, found at {:.17g}", table.rows->designs.size(),
                     studies::description(table.known.problem), table.bound, table.found);
}

std::vector<Row> rows_of_rivals(const KnownTable& table, const std::vector<std::string>& samplers,
                                const Budget& budget, studies::KeptRuns& kept) {
  const studies::RivalRule rule = studies::rival_rule();
  std::vector<Row> rows;
  const auto& costs = table.rows->costs.at(table.cost);
  const auto allowed = std::count_if(costs.begin(), costs.end(), [&](double c) { return c <= table.bound; });
  const std::size_t trials = std::min(budget.trials, static_cast<std::size_t>(allowed));
  for (const std::string& sampler : samplers) {
    const studies::RivalTask task{.problem = table.known.name,
                                  .sampler = sampler,
                                  .seeds = budget.rival_seeds,
                                  .trials = trials,
                                  .mark = mark_of(table)};
    std::vector<Run> runs;
    for (const auto& rival : studies::run_rivals(task, table.known.problem.space, kept, rule)) {
      Run run{.seconds = rival.total()};
      for (const search::Design& design : rival.designs)
        add(table, studies::finished(table.known, static_cast<std::int64_t>(run.trials), design), run);
      runs.push_back(run);
    }
    const std::string who = studies::rival_name(sampler);
    if (runs.size() < budget.rival_seeds) {
      std::cout << report::absent_line(fmt::format("tables.{}.{}", table.known.name, who),
                                       rule.kept_only ? "not all of its runs are kept"
                                                      : "venv-rivals of the build folder does not run it")
                << '\n';
      continue;
    }
    rows.push_back(summarised(table, who, runs));
  }
  return rows;
}

/// Ours, the first strategy named, against the best of the rivals and `random`.
class Verdict {
 public:
  void add(const KnownTable& table, const std::vector<Row>& ours, const std::vector<Row>& rivals) {
    if (ours.empty() || rivals.empty()) return;
    double best = never;
    for (const Row& row : rivals) best = std::min(best, row.found);
    for (const Row& row : ours) best = row.who == "random" ? std::min(best, row.found) : best;
    const double mine = ours.front().found;
    ++cells_;
    no_worse_ += mine <= best ? 1 : 0;
    half_ += mine <= 0.5 * best && std::isfinite(mine) ? 1 : 0;
    if (!std::isfinite(mine) && !std::isfinite(best)) return;
    const std::string family = table.known.name.substr(0, table.known.name.find('.'));
    // Nobody counts as slower than three times the other where it never got there.
    const double ratio = !std::isfinite(best) ? 1.0 / 3 : !std::isfinite(mine) ? 3.0 : mine / best;
    ratios_[family].push_back(ratio);
    ratios_["all"].push_back(ratio);
  }
  void print_all(std::size_t broken) const {
    print("trainings_that_broke_a_limit", static_cast<double>(broken), "");
    if (cells_ == 0) return;
    for (const auto& family : ratios_) {
      std::cout << report::result_line({.key = "tables." + family.first + ".trainings_over_best_rival",
                                        .value = numeric::median(family.second),
                                        .unit = "x",
                                        .goal = Figure::Goal::at_most,
                                        .limit = 0.5})
                << '\n';
    }
    print("no_worse_percent", 100.0 * no_worse_ / cells_, "%");
    print("at_most_half_percent", 100.0 * half_ / cells_, "%");
  }

 private:
  std::map<std::string, std::vector<double>> ratios_;
  int cells_ = 0, no_worse_ = 0, half_ = 0;
};

/// The same searches with and without early stopping, for one device.
void early_stopping(const std::vector<KnownTable>& tables, Budget budget) {
  budget.to_the_end = true;
  budget.trials = trials_with_early_stopping;
  const auto rule = search::make_stop_rule({.rule = "asha", .steps = first_epochs, .reduction = 4}).value();
  std::vector<double> shares, losses;
  for (const KnownTable& table : tables) {
    if (table.rows->early.empty() || table.known.name.find(".raspi4.") == std::string::npos) continue;
    std::vector<Run> whole, stopped;
    for (std::uint64_t seed = 1; seed <= budget.seeds; ++seed) {
      whole.push_back(run_ours(table, "constrained_ei", seed, budget).value());
      stopped.push_back(run_ours(table, "constrained_ei", seed, budget, rule).value());
    }
    shares.push_back(median_of(stopped, &Run::training) / median_of(whole, &Run::training));
    losses.push_back(median_of(stopped, &Run::best) - median_of(whole, &Run::best));
  }
  if (shares.empty()) return;
  const auto line = [](const char* key, double value, const char* unit, double limit) {
    std::cout
        << report::result_line(
               {.key = key, .value = value, .unit = unit, .goal = Figure::Goal::at_most, .limit = limit})
        << '\n';
  };
  line("tables.early_stopping.training_share", numeric::median(shares), "x", 1.0 / 3);
  line("tables.early_stopping.points_lost", numeric::median(losses), "points", 0.2);
}

/// Answers designs; see the top of the file for what is free.
int serve(const KnownTable& table) {
  std::set<std::size_t> seen;
  const studies::TableRows& rows = *table.rows;
  const auto cost_of = [&table](const search::Design& design) {
    return table.known.problem.forecast(design)->front().value;
  };
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "null") {
      seen.clear();
      continue;
    }
    auto design = rows.space.from_json(json::parse(line));
    if (!design) {
      std::cerr << to_string(design.error()) << '\n';
      return 1;
    }
    if (const auto& pool = table.known.problem.pool) {
      for (const std::size_t index : pool->nearest(rows.space.encode(*design))) {
        const auto row = rows.find(pool->designs()[index]);
        if (seen.count(*row) != 0) continue;
        *design = pool->designs()[index];
        break;
      }
    }
    const double over = cost_of(*design) - table.bound;
    json answer{{"cost", over}, {"f", nullptr}, {"design", rows.space.to_json(*design)}};
    if (over <= 0) {
      const std::size_t row = *rows.find(*design);
      answer["f"] = rows.score[row];
      answer["again"] = !seen.insert(row).second;
      answer["done"] = rows.score[row] <= table.found;
    }
    std::cout << answer.dump() << std::endl;
  }
  return 0;
}

int compare(const std::vector<KnownTable>& tables) {
  const Budget budget{.seeds = std::stoull(setting("FORECOST_STUDY_SEEDS", "10")),
                      .rival_seeds = std::stoull(setting("FORECOST_STUDY_RIVAL_SEEDS", "10")),
                      .trials = std::stoull(setting("FORECOST_STUDY_TRIALS", "60"))};
  const auto strategies = listed(setting("FORECOST_STUDY_STRATEGIES", "constrained_ei,evolution,random"));
  const auto rivals = listed(setting("FORECOST_STUDY_RIVALS", "tpe,nsga2"));
  std::cout << fmt::format("{:44} {:16} {:>7} {:>9} {:>8} {:>6}\n", "table", "who", "found", "lacks", "ms",
                           "broken");
  Verdict verdict;
  studies::KeptRuns kept(studies::file_of_rivals("tables"));
  std::size_t broken = 0;
  for (const KnownTable& table : tables) {
    const auto ours = rows_of_ours(table, strategies, budget, broken);
    verdict.add(table, ours, rows_of_rivals(table, rivals, budget, kept));
  }
  verdict.print_all(broken);
  early_stopping(tables, budget);
  return 0;
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  const auto wanted = arguments.size() == 2 ? std::vector<std::string>{arguments[1]}
                                            : listed(setting("FORECOST_STUDY_PROBLEMS", default_problems));
  const auto read = studies::read_tables(
      setting("FORECOST_STUDY_DATA", std::string(FORECOST_SOURCE_DIR) + "/../shared/data"), wanted);
  if (!read) {
    std::cout << report::absent_line("tables", to_string(read.error())) << '\n';
    return 0;
  }
  const auto tables = studies::known_tables(*read);
  if (arguments.size() == 2) {
    const auto named = std::find_if(tables.begin(), tables.end(), [&](const KnownTable& table) {
      return table.known.name == arguments[1];
    });
    if (named == tables.end()) return 2;
    if (arguments[0] == "--serve") return serve(*named);
    std::cout << studies::description(named->known.problem) << '\n';
    return 0;
  }
  std::vector<KnownTable> chosen;
  for (const KnownTable& table : tables) {
    const bool named = std::any_of(wanted.begin(), wanted.end(), [&](const std::string& prefix) {
      return table.known.name.starts_with(prefix);
    });
    if (wanted.empty() || named) chosen.push_back(table);
  }
  return compare(chosen);
}
