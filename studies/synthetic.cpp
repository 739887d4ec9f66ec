// SPDX-License-Identifier: Apache-2.0
// Strategies on problems with known optima, medians over seeds, beside Optuna and BoTorch.
//
// Deterministic: the same figures on every machine, CPU times apart. FORECOST_STUDY_SEEDS (10),
// FORECOST_STUDY_RIVAL_SEEDS (10), FORECOST_STUDY_TRIALS (100), FORECOST_STUDY_PROBLEMS ("a,b"; all),
// FORECOST_STUDY_STRATEGIES (those made for a problem, and random), FORECOST_STUDY_RIVALS
// ("gp,tpe,nsga2,botorch"), FORECOST_STUDY_WIDTH and FORECOST_STUDY_RIVAL_RUNS (see known_rivals.h).
// Rivals run from the build folder's venv-rivals, which tools/rivals.sh makes; each of their runs is kept, so
// that a stopped study goes on where it was. With all seeds they take hours of CPU, most of it BoTorch's.
// `--serve PROBLEM` answers designs with metrics, one JSON per line, and `--describe PROBLEM` prints the
// space: what the runners ask for.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "forecost/numeric/statistics.h"
#include "forecost/report/figure.h"
#include "forecost/search/front.h"
#include "forecost/search/strategy.h"
#include "known_problems.h"
#include "known_rivals.h"
#include "settings.h"

namespace {

using namespace forecost;
using nlohmann::json;
using report::Figure;
using studies::KnownProblem;
using studies::listed;
using studies::setting;

constexpr std::size_t checkpoint = 60;
constexpr std::ptrdiff_t many_dimensions = 20;
/// Rivals' values were noted with five digits.
constexpr double bar_digits = 5e-5;

/// What a run had reached after each trial: the best feasible objective (infinity before one), or the
/// hypervolume, and what it spent.
struct Run {
  std::vector<double> reached;
  double seconds = 0;
  std::size_t feasible = 0;
};

class Score {
 public:
  explicit Score(const KnownProblem& known) : known_(known) {}

  void add(const search::Trial& trial) {
    const bool holds = search::feasible(known_.problem, trial);
    run_.feasible += holds ? 1 : 0;
    if (known_.reference.empty()) {
      if (holds) best_ = std::min(best_, trial.metrics.at("f"));
      run_.reached.push_back(best_);
      return;
    }
    if (holds) {
      front_.push_back(studies::objectives_of(known_, trial));
      area_ = search::dominated_volume(front_, known_.reference);
    }
    run_.reached.push_back(area_);
  }
  Run take(double seconds) {
    run_.seconds = seconds;
    return std::move(run_);
  }

 private:
  const KnownProblem& known_;
  Run run_;
  double best_ = INFINITY;
  double area_ = 0;
  std::vector<search::Point> front_;
};

Result<Run> run_ours(const KnownProblem& known, const std::string& name, std::uint64_t seed,
                     std::size_t trials) {
  const auto slash = name.find(':');
  const auto* entry = search::find_strategy(name.substr(0, slash));
  if (entry == nullptr) {
    return Error{Fault::not_found, "there is no strategy of this name", name, "see forecost list strategies"};
  }
  json options = json::object();
  if (slash != std::string::npos) options = json::parse(name.substr(slash + 1));
  FORECOST_TRY(const auto strategy, entry->make(options));
  std::vector<search::Trial> history;
  Score score(known);
  double seconds = 0;
  for (std::size_t i = 0; i < trials; ++i) {
    const std::clock_t before = std::clock();
    FORECOST_TRY(search::Proposal proposal, strategy->propose(known.problem, history, seed));
    seconds += static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
    history.push_back(studies::finished(known, static_cast<std::int64_t>(i), std::move(proposal.design)));
    score.add(history.back());
  }
  return score.take(seconds);
}

Run run_of(const KnownProblem& known, const studies::RivalRun& rival) {
  Score score(known);
  std::int64_t number = 0;
  for (const search::Design& design : rival.designs) score.add(studies::finished(known, number++, design));
  return score.take(rival.total());
}

struct Summary {
  double at_60 = 0, at_100 = 0;
  double within = INFINITY;  ///< median number of trials until within 1 % (99 % of the hypervolume)
  double milliseconds = 0;
  double feasible = 0;
  std::size_t seeds = 0;
};

bool is_within(const KnownProblem& known, double value) {
  if (!known.reference.empty()) return value >= 0.99 * known.optimum;
  return value <= known.optimum + 0.01 * std::max(std::abs(known.optimum), 0.1);
}

Summary summarise(const KnownProblem& known, const std::vector<Run>& runs) {
  std::vector<double> early, late, within, spent, feasible;
  for (const Run& run : runs) {
    early.push_back(run.reached[std::min(checkpoint, run.reached.size()) - 1]);
    late.push_back(run.reached.back());
    const auto hit = std::find_if(run.reached.begin(), run.reached.end(),
                                  [&](double value) { return is_within(known, value); });
    within.push_back(hit == run.reached.end() ? 1e9 : static_cast<double>(hit - run.reached.begin() + 1));
    spent.push_back(1e3 * run.seconds / static_cast<double>(run.reached.size()));
    feasible.push_back(100 * static_cast<double>(run.feasible) / static_cast<double>(run.reached.size()));
  }
  const auto middle = [](std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t n = values.size();
    return n % 2 == 1 ? values[n / 2] : std::midpoint(values[n / 2 - 1], values[n / 2]);
  };
  return {middle(early), middle(late), middle(within), middle(spent), middle(feasible), runs.size()};
}

void print(const KnownProblem& known, const std::string& who, const Summary& s) {
  std::cout << fmt::format("{:24} {:34} {:>10.5g} {:>10.5g} {:>8} {:>7.2f} {:>5.0f} {:>5}\n", known.name, who,
                           s.at_60, s.at_100, s.within < 1e6 ? fmt::format("{:.0f}", s.within) : "-",
                           s.milliseconds, s.feasible, s.seeds)
            << std::flush;
}

void print_figure(const std::string& key, double value, std::optional<double> bar, bool more) {
  Figure figure{.key = "synthetic." + key, .value = value, .unit = ""};
  if (bar) {
    const double slack = bar_digits * std::max(1.0, std::abs(*bar));
    figure.goal = more ? Figure::Goal::at_least : Figure::Goal::at_most;
    figure.limit = more ? *bar - slack : *bar + slack;
  }
  std::cout << report::result_line(figure) << '\n';
}

/// The strategy that Forecost has for a problem: trust regions are for many real parameters.
std::string made_for(const KnownProblem& known) {
  if (!known.reference.empty()) return "hypervolume";
  const auto& parameters = known.problem.space.parameters();
  const auto reals = std::count_if(parameters.begin(), parameters.end(),
                                   [](const search::Parameter& p) { return !p.discrete(); });
  return reals >= many_dimensions ? "trust_region" : "constrained_ei";
}

void print_results(const KnownProblem& known, const std::string& who, const Summary& s, std::size_t trials) {
  const bool more = !known.reference.empty();
  const std::string key = known.name + "." + who + ".";
  const auto bar = [&](double value) {
    return value != 0 && who == made_for(known) ? std::optional<double>(value) : std::nullopt;
  };
  print_figure(key + "at_60", s.at_60, bar(known.bar.at_60), more);
  if (trials >= 100) print_figure(key + "at_100", s.at_100, bar(known.bar.at_100), more);
  if (s.within < 1e6) print_figure(key + "trials_to_1_percent", s.within, {}, false);
  print_figure(key + "cpu_ms_per_proposal", s.milliseconds, {}, false);
}

using Row = std::pair<std::string, Summary>;

/// -1: a is worse than b, 0: equal, 1: better. By the trials until within 1 %; where neither gets there, by
/// what was reached at the end, to five digits.
int compared(const KnownProblem& known, const Summary& a, const Summary& b) {
  if (std::min(a.within, b.within) < 1e6) return a.within == b.within ? 0 : a.within < b.within ? 1 : -1;
  const double gain = known.reference.empty() ? b.at_100 - a.at_100 : a.at_100 - b.at_100;
  if (std::isnan(gain)) return 0;  // neither found a feasible design
  if (std::isfinite(gain) && std::abs(gain) <= bar_digits * std::abs(b.at_100)) return 0;
  return gain > 0 ? 1 : -1;
}

/// How the strategies made for the problems compare with the best rival of each.
class Verdict {
 public:
  void add(const KnownProblem& known, const std::vector<Row>& ours, const std::vector<Row>& rivals) {
    const auto mine =
        std::find_if(ours.begin(), ours.end(), [&](const Row& row) { return row.first == made_for(known); });
    if (mine == ours.end() || rivals.empty()) return;
    const Row* best = &rivals.front();
    for (const Row& row : rivals) best = compared(known, row.second, best->second) > 0 ? &row : best;
    const int standing = compared(known, mine->second, best->second);
    ++problems_;
    no_worse_ += standing >= 0 ? 1 : 0;
    better_ += standing > 0 ? 1 : 0;
    constexpr std::array<const char*, 3> words = {"worse than", "as good as", "better than"};
    lines_.push_back(fmt::format("{:24} {:16} {} {}", known.name, mine->first,
                                 words[static_cast<std::size_t>(standing + 1)], best->first));
  }
  void print() const {
    if (problems_ == 0) return;
    for (const std::string& line : lines_) std::cout << line << '\n';
    print_figure("no_worse_percent", 100.0 * no_worse_ / problems_, 100, true);
    print_figure("better_percent", 100.0 * better_ / problems_, 50, true);
  }

 private:
  std::vector<std::string> lines_;
  int problems_ = 0, no_worse_ = 0, better_ = 0;
};

int serve(const KnownProblem& known) {
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "null") continue;
    const auto design = known.problem.space.from_json(json::parse(line));
    if (!design) {
      std::cerr << to_string(design.error()) << '\n';
      return 1;
    }
    std::cout << json(known.evaluate(*design)).dump() << std::endl;
  }
  return 0;
}

int describe(const KnownProblem& known) {
  std::cout << studies::description(known.problem) << '\n';
  return 0;
}

struct Budget {
  std::uint64_t seeds, rival_seeds;
  std::size_t trials;
};

std::vector<Row> rows_of_ours(const KnownProblem& known, std::vector<std::string> strategies,
                              const Budget& budget) {
  if (strategies.empty()) strategies = {made_for(known), "random"};
  std::vector<Row> rows;
  for (const std::string& name : strategies) {
    std::vector<Run> runs;
    std::string refusal;
    for (std::uint64_t seed = 1; seed <= budget.seeds && refusal.empty(); ++seed) {
      auto run = run_ours(known, name, seed, budget.trials);
      if (run) {
        runs.push_back(*std::move(run));
      } else {
        refusal = to_string(run.error());
      }
    }
    if (!refusal.empty()) {
      std::cout << report::absent_line(fmt::format("synthetic.{}.{}", known.name, name), refusal) << '\n';
      continue;
    }
    rows.emplace_back(name, summarise(known, runs));
    print(known, name, rows.back().second);
  }
  return rows;
}

std::vector<Row> rows_of_rivals(const KnownProblem& known, const std::vector<std::string>& rivals,
                                const Budget& budget, studies::KeptRuns& kept) {
  const studies::RivalRule rule = studies::rival_rule();
  std::vector<Row> rows;
  for (const std::string& sampler : rivals) {
    std::vector<Run> runs;
    const studies::RivalTask task{.problem = known.name,
                                  .sampler = sampler,
                                  .seeds = budget.rival_seeds,
                                  .trials = budget.trials,
                                  .mark = studies::description(known.problem)};
    for (const studies::RivalRun& rival : studies::run_rivals(task, known.problem.space, kept, rule)) {
      if (rival.designs.size() == budget.trials) runs.push_back(run_of(known, rival));
    }
    const std::string who = studies::rival_name(sampler);
    if (runs.empty() || (runs.size() < budget.rival_seeds && !rule.kept_only)) {
      std::cout << report::absent_line(fmt::format("synthetic.{}.{}", known.name, who),
                                       rule.kept_only ? "no run of it is kept"
                                                      : "venv-rivals of the build folder does not run it")
                << '\n';
      continue;
    }
    rows.emplace_back(who, summarise(known, runs));
    print(known, who, rows.back().second);
  }
  return rows;
}

int compare() {
  const Budget budget{.seeds = std::stoull(setting("FORECOST_STUDY_SEEDS", "10")),
                      .rival_seeds = std::stoull(setting("FORECOST_STUDY_RIVAL_SEEDS", "10")),
                      .trials = std::stoull(setting("FORECOST_STUDY_TRIALS", "100"))};
  const auto problems = listed(setting("FORECOST_STUDY_PROBLEMS", ""));
  const auto strategies = listed(setting("FORECOST_STUDY_STRATEGIES", ""));
  const auto rivals = listed(setting("FORECOST_STUDY_RIVALS", "gp,tpe,nsga2,botorch"));
  std::cout << fmt::format("{:24} {:34} {:>10} {:>10} {:>8} {:>7} {:>5} {:>5}\n", "problem", "who", "at 60",
                           "at end", "to 1 %", "ms", "held", "seeds");
  Verdict verdict;
  studies::KeptRuns kept(studies::file_of_rivals("synthetic"));
  for (const KnownProblem& known : studies::known_problems()) {
    if (!problems.empty() && std::find(problems.begin(), problems.end(), known.name) == problems.end())
      continue;
    const auto mine = rows_of_ours(known, strategies, budget);
    const auto theirs = rows_of_rivals(known, rivals, budget, kept);
    for (const auto& rows : {mine, theirs}) {
      for (const Row& row : rows) print_results(known, row.first, row.second, budget.trials);
    }
    verdict.add(known, mine, theirs);
  }
  verdict.print();
  return 0;
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  if (arguments.size() == 2 && arguments[0] == "--serve") return serve(studies::known_problem(arguments[1]));
  if (arguments.size() == 2 && arguments[0] == "--describe")
    return describe(studies::known_problem(arguments[1]));
  return compare();
}
