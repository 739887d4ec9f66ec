// SPDX-License-Identifier: Apache-2.0
// CPU time of a proposal in ten dimensions with two unknown limits, at 100 and at 1000 trials, beside
// Optuna's GP and BoTorch; and designs per second that hold predicted limits, drawn from a template of 20
// layers.
//
// Proposals: the first 110 trials are a search of its own; beyond, Sobol designs and steps around the best
// fill the history. Each figure is the mean over 16 proposals in a row, refits of hyper-parameters included.
//
// Rivals: whole searches of 108 trials on the same problem in the same run; their CPU time over ours for the
// last 16 proposals, and what was found, medians over FORECOST_STUDY_RIVAL_SEEDS (3; 0: no rivals, who take
// some minutes). They run from the build folder's venv-rivals, which tools/rivals.sh makes.
//
// Designs: 18 convolutions of eight widths and three windows, about 10^25 designs; latency, memory and
// parameters of a made-up machine. Once a latency that one of ten designs holds, with memory and parameters
// that nine of ten hold; once a latency that one of a million holds.
#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <iostream>
#include <map>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/device/system.h"
#include "forecost/numeric/random.h"
#include "forecost/numeric/statistics.h"
#include "forecost/report/figure.h"
#include "forecost/search/allowed_draw.h"
#include "forecost/search/moves.h"
#include "forecost/search/strategy.h"
#include "forecost/search/study_setup.h"
#include "known_rivals.h"
#include "settings.h"

namespace {

using namespace forecost;
using namespace forecost::search;

constexpr std::size_t dimensions = 10;
constexpr int proposals = 16;

Trial evaluated(std::int64_t number, Design design) {
  double squares = 0;
  double sum = 0;
  double waves = 0;
  for (const double x : design.values) {
    squares += x * x;
    sum += x;
    waves += std::cos(3 * x);
  }
  Trial trial;
  trial.number = number;
  trial.design = std::move(design);
  trial.state = TrialState::complete;
  trial.metrics = {{"f", squares - waves}, {"g1", sum}, {"g2", std::sqrt(squares) - 5}};
  return trial;
}

Problem ten_dimensions() {
  std::vector<Parameter> parameters;
  for (std::size_t i = 0; i < dimensions; ++i)
    parameters.push_back({.name = "x" + std::to_string(i), .low = -5, .high = 10});
  Problem problem;
  problem.space = *Space::make(std::move(parameters));
  problem.objectives = {{.metric = "f"}};
  problem.limits = {{.metric = "g1", .bound = 0}, {.metric = "g2", .bound = 0}};
  return problem;
}

/// Milliseconds of CPU per proposal while the history grows.
double cost(Strategy& strategy, const Problem& problem, std::vector<Trial>& history) {
  const std::clock_t before = std::clock();
  for (int i = 0; i < proposals; ++i) {
    auto proposal = strategy.propose(problem, history, 1);
    history.push_back(evaluated(static_cast<std::int64_t>(history.size()), (*std::move(proposal)).design));
  }
  return 1e3 * static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC / proposals;
}

void fill(const Problem& problem, std::vector<Trial>& history, std::size_t count) {
  numeric::Random random(5);
  while (history.size() < count) {
    const Design from = best_of(problem, history)->design;
    const double size = history.size() % 2 == 0 ? 0.3 : 0.05;
    history.push_back(evaluated(static_cast<std::int64_t>(history.size()),
                                moved(problem.space, from, {.size = size}, random)));
  }
}

using report::Figure;

void print(const char* key, double value, const char* unit, Figure::Goal goal, double limit = 0) {
  std::cout << report::result_line({.key = key, .value = value, .unit = unit, .goal = goal, .limit = limit})
            << std::endl;
}

/// A search of 100 + proposals / 2 trials.
struct Search {
  double milliseconds = 0;  ///< CPU per proposal, over the last ones
  double best = INFINITY;   ///< of the objective where both limits hold
};

Search ours(const Problem& problem, std::uint64_t seed) {
  auto strategy = *find_strategy("constrained_ei")->make(nlohmann::json::object());
  std::vector<Trial> history;
  Search search;
  while (history.size() < 100 + proposals / 2) {
    const std::clock_t before = std::clock();
    auto proposal = strategy->propose(problem, history, seed);
    const double spent = 1e3 * static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
    if (history.size() >= 100 - proposals / 2) search.milliseconds += spent / proposals;
    history.push_back(evaluated(static_cast<std::int64_t>(history.size()), (*std::move(proposal)).design));
  }
  if (const Trial* best = best_of(problem, history)) search.best = best->metrics.at("f");
  return search;
}

Search search_of(const Problem& problem, const studies::RivalRun& run) {
  std::vector<Trial> history;
  Search search;
  for (const Design& design : run.designs) {
    history.push_back(evaluated(static_cast<std::int64_t>(history.size()), design));
    if (history.size() > 100 - proposals / 2)
      search.milliseconds += 1e3 * run.seconds[history.size() - 1] / proposals;
  }
  if (const Trial* best = best_of(problem, history)) search.best = best->metrics.at("f");
  return search;
}

double median_of(const std::vector<Search>& searches, double Search::*member) {
  std::vector<double> values;
  for (const Search& search : searches) values.push_back(search.*member);
  return numeric::median(std::move(values));
}

void print_rivals(const Problem& problem) {
  const auto seeds = std::stoull(studies::setting("FORECOST_STUDY_RIVAL_SEEDS", "3"));
  if (seeds == 0) return;
  std::vector<Search> mine;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) mine.push_back(ours(problem, seed));
  double bar = INFINITY;
  for (const auto& [sampler, times] : std::map<std::string, double>{{"gp", 20}, {"botorch", 50}}) {
    studies::KeptRuns fresh("");
    const std::string key = "proposal." + studies::rival_name(sampler);
    std::vector<Search> theirs;
    for (const auto& run : studies::run_rivals({.problem = "ten",
                           .sampler = sampler,
                           .seeds = seeds,
                           .trials = 100 + proposals / 2,
                           .mark = "bench"},
                                               problem.space, fresh, studies::rival_rule()))
      theirs.push_back(search_of(problem, run));
    if (theirs.size() < seeds) {
      std::cout << report::absent_line(key, "venv-rivals of the build folder does not run it") << std::endl;
      continue;
    }
    const double cost = median_of(theirs, &Search::milliseconds);
    print((key + ".cpu_at_100_trials").c_str(), cost, "ms", Figure::Goal::none);
    print((key + ".cpu_over_ours").c_str(), cost / median_of(mine, &Search::milliseconds), "x",
          Figure::Goal::at_least, times);
    print((key + ".best_at_108").c_str(), median_of(theirs, &Search::best), "", Figure::Goal::none);
    bar = std::min(bar, median_of(theirs, &Search::best));
  }
  print("proposal.best_at_108", median_of(mine, &Search::best), "", Figure::Goal::at_most, bar);
}

/// Answers rivals; see studies/rivals/served.py.
void serve(const Problem& problem) {
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "null") continue;
    const auto design = problem.space.from_json(nlohmann::json::parse(line));
    if (!design) return;
    std::cout << nlohmann::json(evaluated(0, *design).metrics).dump() << std::endl;
  }
}

std::string twenty_layers(double latency, double memory, double parameters) {
  std::string text = "devices = [\"machine\"]\nminimise = [\"error\"]\n";
  text +=
      fmt::format("limits = [\"latency <= {:.17g} s\", \"memory <= {:.0f} B\", \"parameters <= {:.0f}\"]\n",
                  latency, memory, parameters);
  std::string layers;
  text += "[parameters]\n";
  for (int i = 0; i < 18; ++i) {
    const int base = i < 6 ? 8 : i < 12 ? 16 : 32;
    text += fmt::format("width{} = {{ type = \"ordinal\", choices = [", i);
    for (int w = 1; w <= 8; ++w) text += fmt::format("{}{}", w == 1 ? "" : ", ", base * w);
    text += fmt::format("] }}\nwindow{} = {{ type = \"ordinal\", choices = [1, 3, 5] }}\n", i);
    layers += fmt::format(
        "  {{ type = \"conv\", channels = \"$width{0}\", kernel = \"$window{0}\", stride = {1}, norm = true "
        "}},\n",
        i, i % 6 == 5 ? 2 : 1);
  }
  return text + "[network]\ninput = [3, 32, 32]\nlayers = [\n" + layers +
         "  { type = \"global_average_pool\" },\n  { type = \"linear\", features = 10 },\n]\n";
}

std::shared_ptr<const predictor::Predictor> machine() {
  device::Card card;
  card.identity.name = "machine";
  card.identity.runtime = "onnxruntime";
  card.peak_operations = {{"float32", 5e10}};
  card.memory = {{"L2", Bytes(1 << 20), 8e10}, {"DRAM", Bytes(0), 1e10}};
  return predictor::find_family("roofline")->fit({.card = card, .kernels = {}, .networks = {}}, {}).value();
}

double seconds_since(std::clock_t before) {
  return static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
}

struct Drawn {
  double per_second = 0;
  double confirmed_percent = 0;  ///< of 200 designs: hold the limits by their whole forecast
};

Drawn rate(const StudyFile& study, const CostTable& table, const Problem& problem) {
  std::vector<TableLimit> limits;
  for (const Limit& limit : study.limits) limits.push_back({.cost = limits.size(), .bound = limit.bound});
  const auto draw = AllowedDraw::make(table, limits);
  if (!draw) return {};
  numeric::Random random(3);
  std::vector<std::uint32_t> path;
  Design design{std::vector<double>(study.space.size())};
  int count = 0;
  double sum = 0;
  const std::clock_t before = std::clock();
  const std::size_t levels = table.graph().levels().size();
  while (count < 2'000'000) {
    const std::size_t some = draw->draw_some(random, path);
    if (some == 0) return {};
    for (std::size_t i = 0; i < some; ++i) {
      table.graph().write({path.data() + i * levels, levels}, design);
      sum += design.values.front();
    }
    count += static_cast<int>(some);
  }
  Drawn drawn{.per_second = sum >= 0 ? count / seconds_since(before) : 0};
  for (int i = 0; i < 200; ++i) {
    draw->draw(random, path);
    drawn.confirmed_percent += problem.allowed(table.graph().design(path)) ? 0.5 : 0;
  }
  return drawn;
}

/// Value that `share` of uniform designs are below.
double quantile_of(const CostTable& table, std::size_t cost, double share, std::size_t draws) {
  const auto any = AllowedDraw::make(table, {});
  numeric::Random random(4);
  std::vector<std::uint32_t> path;
  std::vector<double> values(draws);
  for (double& value : values) {
    any->draw(random, path);
    value = table.value(cost, path);
  }
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(draws));
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

void print_draws() {
  const std::map<std::string, std::shared_ptr<const predictor::Predictor>> machines{{"machine", machine()}};
  const auto study_of = [](double latency, double memory, double parameters) {
    return parse_study(twenty_layers(latency, memory, parameters), "bench.toml").value();
  };
  const StudyFile open = study_of(1, 1e12, 1e12);
  auto costs = KnownCosts::make(
      open.network,
      {{CostKind::latency, "machine"}, {CostKind::memory, "machine"}, {CostKind::parameters, ""}}, machines);
  const std::clock_t before = std::clock();
  const auto table = CostTable::make(
      *DesignGraph::make(open.space, *open.chain, {}),
      [&](const Design& design) { return (*costs)->in_parts(design, *open.chain); }, 3);
  print("proposal.table_seconds", seconds_since(before), "s", Figure::Goal::none);
  print("proposal.table_forecasts", static_cast<double>(table->forecasts()), "", Figure::Goal::none);
  const std::array<const char*, 3> names{"latency", "memory", "parameters"};
  for (std::size_t c = 0; c < names.size(); ++c) {
    double worst = 0;
    for (const CostTable::Ratio& ratio : (*table)[c].ratios)
      worst = std::max(worst, std::abs(ratio.value - 1));
    print(fmt::format("proposal.table_{}_worst_error", names[c]).c_str(), 100 * worst, "%",
          Figure::Goal::none);
  }
  const double memory = quantile_of(*table, 1, 0.9, 20000);
  const double parameters = quantile_of(*table, 2, 0.9, 20000);
  const auto system = device::this_machine();
  for (const bool rare : {false, true}) {
    const double share = rare ? 1e-6 : 0.1;
    const double latency = quantile_of(*table, 0, share, rare ? 20'000'000 : 20000);
    const StudyFile study = study_of(latency, rare ? 1e12 : memory, rare ? 1e12 : parameters);
    const auto setup = set_up(study, machines, *system);
    const Drawn drawn = rate(study, *table, setup->problem);
    const std::string key = rare ? "proposal.feasible_designs_per_second_one_in_a_million"
                                 : "proposal.feasible_designs_per_second";
    print(key.c_str(), drawn.per_second, "designs/s", rare ? Figure::Goal::none : Figure::Goal::at_least,
          1e6);
    print((key + "_confirmed").c_str(), drawn.confirmed_percent, "%", Figure::Goal::none);
  }
}

}  // namespace

int main(int count, char** words) {
  const Problem problem = ten_dimensions();
  const std::string wish = count > 1 ? words[1] : "";
  if (wish == "--serve") {
    serve(problem);
    return 0;
  }
  if (wish == "--describe") {
    std::cout << studies::description(problem) << '\n';
    return 0;
  }
  auto strategy = (*find_strategy("constrained_ei")->make(nlohmann::json::object()));
  std::vector<Trial> history;
  while (history.size() < 100 - proposals / 2) cost(*strategy, problem, history);
  print("proposal.cpu_at_100_trials", cost(*strategy, problem, history), "ms", Figure::Goal::at_most, 5);
  fill(problem, history, 1000 - proposals / 2);
  print("proposal.cpu_at_1000_trials", cost(*strategy, problem, history), "ms", Figure::Goal::at_most, 50);
  print_rivals(problem);
  print_draws();
  return 0;
}
