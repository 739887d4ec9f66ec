// SPDX-License-Identifier: Apache-2.0
// HyperPower's experiment (Stamoulis et al., DATE 2018) on this machine: real trainings, with and without
// forecasts.
//
// Four methods search the paper's six hyper-parameters of a network with one convolution, trained on drawn
// glyphs, under limits on latency and memory as forecast for this machine, each for the same time. "default"
// trains whatever it proposes and learns from trials what breaks a limit; "HyperPower" knows the forecasts
// before, skips what breaks one, and ends trainings that stay at chance. FORECOST_STUDY_SEEDS (3),
// FORECOST_STUDY_SECONDS (45) of each run, FORECOST_STUDY_METHODS ("Rand,Rand-Walk,HW-CWEI,HW-IECI"),
// FORECOST_STUDY_QUANTILE (0.3) of the designs hold each limit. The machine is calibrated once, for two
// minutes, in the build folder.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <iostream>
#include <memory>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/device/temp_folder.h"
#include "forecost/network/writer.h"
#include "forecost/numeric/random.h"
#include "forecost/predictor/saved.h"
#include "forecost/report/figure.h"
#include "forecost/search/moves.h"
#include "forecost/search/strategy.h"
#include "forecost/search/study_file.h"
#include "forecost/search/study_setup.h"
#include "hyperpower_summary.h"

namespace {

using namespace forecost;
using search::Design;
using search::Trial;
using search::TrialState;
using studies::Event;
using studies::Pair;
using studies::Run;
using studies::Summary;

constexpr const char* device_name = "hyperpower-t1";

std::string setting(const char* name, const std::string& fallback) {
  const char* value = std::getenv(name);
  return value == nullptr ? fallback : value;
}

std::vector<std::string> listed(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, ',');) words.push_back(word);
  return words;
}

/// The ranges of the paper's MNIST network, on images of 16 x 16.
std::string study_text(double latency_ms, double memory_mb) {
  return fmt::format(R"toml(
name = "hyperpower"
minimise = ["error"]
devices = ["{0}"]
limits = ["latency <= {1} ms", "memory <= {2} MB"]
early_stop = {{ rule = "chance", steps = 1, chance = 0.85 }}
[parameters]
features = {{ type = "integer", low = 20, high = 80 }}
kernel = {{ type = "integer", low = 2, high = 5 }}
pool = {{ type = "integer", low = 1, high = 3 }}
units = {{ type = "integer", low = 200, high = 700 }}
learning_rate = {{ type = "real", low = 1e-3, high = 1e-1, log = true }}
momentum = {{ type = "real", low = 0.8, high = 0.95 }}
[network]
input = [1, 16, 16]
layers = [
  {{ type = "conv", channels = "$features", kernel = "$kernel", padding = "none" }},
  {{ type = "max_pool", kernel = "$pool" }},
  {{ type = "flatten" }},
  {{ type = "linear", features = "$units", activation = "relu" }},
  {{ type = "linear", features = 10 }},
]
[objective]
trainer = {{ data = "glyphs", train = 2000, held_out = 1000, epochs = 4, batch = 50 }}
)toml",
                     device_name, latency_ms, memory_mb);
}

/// One way of proposing and what it knows.
struct Method {
  std::string name;
  bool aware = false;
};

class Study {
 public:
  Study(search::StudyFile file, search::StudySetup setup, const device::System& system,
        std::filesystem::path folder, double budget)
      : file_(std::move(file)),
        setup_(std::move(setup)),
        system_(system),
        folder_(std::move(folder)),
        budget_(budget) {
    unaware_ = setup_.problem;
    unaware_.forecast = {};
    for (search::Limit& limit : unaware_.limits) limit.known = false;
  }

  Result<Run> run(const Method& method, std::uint64_t seed) const {
    FORECOST_TRY(const auto strategy, strategy_of(method));
    const Seconds started = system_.now();
    const auto spent = [&] { return (system_.now() - started).value; };
    Run run;
    std::vector<Trial> history;
    numeric::Random dice = numeric::Random(seed).fork(7);
    while (spent() < budget_) {
      Design design;
      if (strategy) {
        const search::Problem& problem = method.aware ? setup_.problem : unaware_;
        FORECOST_TRY(search::Proposal proposal, strategy->propose(problem, history, seed));
        design = std::move(proposal.design);
      } else {
        design = drawn(method, history, dice);
        if (method.aware && !setup_.problem.allowed(design)) {
          run.push_back({.seconds = spent(), .skipped = true});
          continue;
        }
      }
      FORECOST_TRY(const Trial trial, trained(method, std::move(design), history, seed, spent));
      if (trial.state == TrialState::running) break;  // the time is over
      history.push_back(trial);
      const auto error = trial.metrics.find("error");
      const bool judged = trial.state == TrialState::complete && error != trial.metrics.end();
      run.push_back({.seconds = spent(),
                     .breaks = !setup_.problem.allowed(trial.design),
                     .error = judged ? error->second : INFINITY});
    }
    return run;
  }

 private:
  /// Nothing for the random methods, which the study runs as the paper describes them.
  static Result<std::unique_ptr<search::Strategy>> strategy_of(const Method& method) {
    if (method.name.starts_with("Rand")) return std::unique_ptr<search::Strategy>();
    const nlohmann::json options = {{"acquisition", method.name == "HW-IECI" ? "hw_ieci" : "hw_cwei"}};
    return search::find_strategy("constrained_ei")->make(options);
  }

  Design drawn(const Method& method, const std::vector<Trial>& history, numeric::Random& dice) const {
    const Trial* best = search::best_of(unaware_, history);
    if (method.name == "Rand-Walk" && best != nullptr) {
      return search::moved(setup_.problem.space, best->design, {.size = 0.1}, dice);
    }
    std::vector<double> unit(setup_.problem.space.size());
    for (double& value : unit) value = dice.uniform();
    return setup_.problem.space.decode(unit);
  }

  template <typename Spent>
  Result<Trial> trained(const Method& method, Design design, const std::vector<Trial>& history,
                        std::uint64_t seed, const Spent& spent) const {
    Trial trial;
    trial.number = std::ssize(history);
    trial.design = std::move(design);
    trial.state = TrialState::running;
    const auto file =
        folder_ / fmt::format("{}{}-{}-{}.onnx", method.name, method.aware ? 1 : 0, seed, trial.number);
    FORECOST_TRY(const network::Network network, file_.network(trial.design));
    FORECOST_TRY([[maybe_unused]] const Done written,
                 network::write(network, file, network::Payload::hollow));
    bool over = false;
    const search::Contact contact{.report =
                                      [&](const search::Report& report) {
                                        trial.reports.push_back(report);
                                        return !method.aware ||
                                               setup_.stop_rule(unaware_, history, trial).empty();
                                      },
                                  .stop = [&] { return over = spent() > budget_; }};
    const search::Task task{.number = trial.number,
                            .design = trial.design,
                            .design_json = file_.space.to_json(trial.design).dump(),
                            .network = file};
    search::Evaluation evaluation = setup_.evaluator(task, contact);
    std::filesystem::remove(file);
    if (over) return trial;
    trial.state = evaluation.state;
    trial.metrics = std::move(evaluation.metrics);
    trial.failure = std::move(evaluation.failure);
    return trial;
  }

  search::StudyFile file_;
  search::StudySetup setup_;
  search::Problem unaware_;
  const device::System& system_;
  std::filesystem::path folder_;
  double budget_;
};

/// The device's predictor, measured now where it is not there.
Result<search::Predictors> calibrated() {
  const std::filesystem::path home = std::filesystem::path(FORECOST_BUILD_DIR) / "hyperpower";
  const auto file = home / "devices" / (std::string(device_name) + ".json");
  if (!std::filesystem::exists(file)) {
    const std::string command =
        fmt::format("'{}/bin/forecost' --home '{}' calibrate --budget 2min --threads 1 --on {} >&2",
                    FORECOST_BUILD_DIR, home.string(), device_name);
    if (std::system(command.c_str()) != 0) {  // NOLINT: our own program
      return Error{Fault::failed, "this machine could not be calibrated", command, "run make demo once"};
    }
  }
  FORECOST_TRY(predictor::SavedPredictor saved, predictor::load(file));
  search::Predictors predictors;
  predictors.emplace(device_name, std::move(saved.predictor));
  return predictors;
}

Result<search::StudySetup> set_up(const search::Predictors& predictors, const device::System& system,
                                  double latency_ms, double memory_mb) {
  FORECOST_TRY(const search::StudyFile file,
               search::parse_study(study_text(latency_ms, memory_mb), "hyperpower.toml"));
  return search::set_up(file, predictors, system);
}

struct Bounds {
  double latency_ms = 0, memory_mb = 0, share = 0;
};

/// Each limit is held by this share of the designs.
Result<Bounds> bounds_of(const search::Predictors& predictors, const device::System& system,
                         double quantile) {
  FORECOST_TRY(const search::StudySetup open, set_up(predictors, system, 1e9, 1e9));
  constexpr std::size_t draws = 400;
  numeric::Random dice(11);
  std::vector<double> latency, memory;
  for (std::size_t i = 0; i < draws; ++i) {
    std::vector<double> unit(open.problem.space.size());
    for (double& value : unit) value = dice.uniform();
    FORECOST_TRY(const auto known, open.problem.forecast(open.problem.space.decode(unit)));
    latency.push_back(1e3 * known[0].value);
    memory.push_back(1e-6 * known[1].value);
  }
  const auto at = [quantile](std::vector<double> values) {
    const auto place = static_cast<std::size_t>(quantile * static_cast<double>(values.size()));
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(place), values.end());
    return values[place];
  };
  Bounds bounds{at(latency), at(memory), 0};
  for (std::size_t i = 0; i < draws; ++i) {
    bounds.share += latency[i] <= bounds.latency_ms && memory[i] <= bounds.memory_mb ? 1.0 / draws : 0;
  }
  return bounds;
}

Result<std::vector<Run>> runs_of(const Study& study, const Method& method, std::uint64_t seeds) {
  const std::uint64_t wide = std::max(1U, std::thread::hardware_concurrency());
  std::vector<Run> runs;
  for (std::uint64_t first = 1; first <= seeds; first += wide) {
    std::vector<std::future<Result<Run>>> jobs;
    for (std::uint64_t seed = first; seed < std::min(first + wide, seeds + 1); ++seed) {
      jobs.push_back(
          std::async(std::launch::async, [&study, &method, seed] { return study.run(method, seed); }));
    }
    for (auto& job : jobs) {
      FORECOST_TRY(Run run, job.get());
      runs.push_back(std::move(run));
    }
  }
  return runs;
}

Status work() {
  const auto system = device::this_machine();
  FORECOST_TRY(const search::Predictors predictors, calibrated());
  FORECOST_TRY(const Bounds bounds,
               bounds_of(predictors, *system, std::stod(setting("FORECOST_STUDY_QUANTILE", "0.3"))));
  FORECOST_TRY(search::StudyFile file,
               search::parse_study(study_text(bounds.latency_ms, bounds.memory_mb), "hyperpower.toml"));
  FORECOST_TRY(search::StudySetup setup, search::set_up(file, predictors, *system));
  FORECOST_TRY(const device::TempFolder folder, device::TempFolder::make(*system));
  const double budget = std::stod(setting("FORECOST_STUDY_SECONDS", "45"));
  const std::uint64_t seeds = std::stoull(setting("FORECOST_STUDY_SEEDS", "3"));
  const Study study(std::move(file), std::move(setup), *system, folder.path(), budget);

  std::cout
      << fmt::format(
             "limits: latency <= {:.4g} ms, memory <= {:.4g} MB, which {:.0f} % of the designs hold; {} runs "
             "of {:.0f} s each\n",
             bounds.latency_ms, bounds.memory_mb, 100 * bounds.share, seeds, budget)
      << fmt::format("{:10} {:>19} {:>15} {:>15} {:>9} {:>9} {:>9}\n", "", "best error, %", "trainings",
                     "break a limit", "same", "same", "designs")
      << fmt::format("{:10} {:>9} {:>9} {:>7} {:>7} {:>7} {:>7} {:>9} {:>9} {:>9}\n", "", "default", "Hyper",
                     "default", "Hyper", "default", "Hyper", "designs", "error", "in all")
      << std::flush;
  Summary summary;
  for (const std::string& name :
       listed(setting("FORECOST_STUDY_METHODS", "Rand,Rand-Walk,HW-CWEI,HW-IECI"))) {
    Pair pair{name, {}, {}};
    FORECOST_TRY(pair.plain, runs_of(study, {name, false}, seeds));
    FORECOST_TRY(pair.aware, runs_of(study, {name, true}, seeds));
    summary.add(pair);
  }
  summary.print();
  return Done{};
}

}  // namespace

int main() {
  const Status status = work();
  if (status) return 0;
  std::cerr << "error: " << to_string(status.error()) << '\n';
  std::cout << report::absent_line("hyperpower", to_string(status.error())) << '\n';
  return 1;
}
