// SPDX-License-Identifier: Apache-2.0
// The experiment of HyperPower (Stamoulis, Cai, Juan, Marculescu 2018) on this machine: trainings with and
// without forecasts.
//
// Four methods search the paper's six hyper-parameters of a network with one convolution, trained on drawn
// glyphs, under limits on latency and memory as forecast for this machine, each for the same time. "default"
// trains whatever it proposes and learns from trials what breaks a limit; "HyperPower" knows the forecasts
// before, skips what breaks one, and ends trainings that stay at chance. FORECOST_STUDY_SEEDS (4),
// FORECOST_STUDY_SECONDS (45) of each run, FORECOST_STUDY_METHODS ("Rand,Rand-Walk,HW-CWEI,HW-IECI"),
// FORECOST_STUDY_QUANTILE (0.3) of the designs hold each limit. The machine is calibrated once, for two
// minutes, in the build folder.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <numeric>

#include <fmt/format.h>

#include "forecost/device/temp_folder.h"
#include "forecost/network/writer.h"
#include "forecost/numeric/random.h"
#include "forecost/predictor/saved.h"
#include "forecost/report/figure.h"
#include "forecost/search/study_file.h"
#include "forecost/search/study_setup.h"
#include "hyperpower_runs.h"
#include "known_tables.h"
#include "settings.h"

namespace {

using namespace forecost;
using search::Trial;
using studies::listed;
using studies::Method;
using studies::setting;

constexpr const char* device_name = "hyperpower-t1";

/// The ranges of the paper's MNIST network, on images of 14 x 14.
std::string study_text(double latency_ms, double memory_mb) {
  return fmt::format(R"toml(
name = "hyperpower"
minimise = ["error"]
devices = ["{0}"]
limits = ["latency <= {1} ms", "memory <= {2} MB"]
early_stop = {{ rule = "chance", steps = 2, chance = 0.85 }}
[parameters]
features = {{ type = "integer", low = 20, high = 80 }}
kernel = {{ type = "integer", low = 2, high = 5 }}
pool = {{ type = "integer", low = 1, high = 3 }}
units = {{ type = "integer", low = 200, high = 700 }}
learning_rate = {{ type = "real", low = 1e-3, high = 1e-1, log = true }}
momentum = {{ type = "real", low = 0.8, high = 0.95 }}
[network]
input = [1, 14, 14]
layers = [
  {{ type = "conv", channels = "$features", kernel = "$kernel", padding = "none" }},
  {{ type = "max_pool", kernel = "$pool" }},
  {{ type = "flatten" }},
  {{ type = "linear", features = "$units", activation = "relu" }},
  {{ type = "linear", features = 10 }},
]
[objective]
trainer = {{ data = "glyphs", train = 1000, held_out = 1000, epochs = 4, batch = 50 }}
)toml",
                     device_name, latency_ms, memory_mb);
}

/// Trainings by the built-in trainer; the clock is the machine's.
class TrainerLab final : public studies::Lab {
 public:
  struct Place {
    const search::StudyFile& file;
    const search::StudySetup& setup;
    const device::System& system;
    std::filesystem::path folder;
    double budget = 0;
  };
  TrainerLab(const Place& place, const Method& method, std::uint64_t seed)
      : place_(place),
        method_(method),
        seed_(seed),
        unaware_(studies::without_forecasts(place.setup.problem)),
        started_(place.system.now()) {}

  double seconds() override { return (place_.system.now() - started_).value; }

  Result<Trial> train(Trial trial, std::span<const Trial> history) override {
    const auto file = place_.folder / fmt::format("{}{}-{}-{}.onnx", method_.name, method_.aware ? 1 : 0,
                                                  seed_, trial.number);
    FORECOST_TRY(const network::Network network, place_.file.network(trial.design));
    FORECOST_TRY([[maybe_unused]] const Done written,
                 network::write(network, file, network::Payload::hollow));
    bool over = false;
    const search::Contact contact{.report =
                                      [&](const search::Report& report) {
                                        trial.reports.push_back(report);
                                        return !method_.aware ||
                                               place_.setup.stop_rule(unaware_, history, trial).empty();
                                      },
                                  .stop = [&] { return over = seconds() > place_.budget; }};
    const search::Task task{.number = trial.number,
                            .design = trial.design,
                            .design_json = place_.file.space.to_json(trial.design).dump(),
                            .network = file};
    search::Evaluation evaluation = place_.setup.evaluator(task, contact);
    std::filesystem::remove(file);
    if (over) return trial;
    trial.state = evaluation.state;
    trial.metrics = std::move(evaluation.metrics);
    trial.failure = std::move(evaluation.failure);
    return trial;
  }

 private:
  const Place& place_;
  Method method_;
  std::uint64_t seed_;
  search::Problem unaware_;
  Seconds started_;
};

/// Published trainings; the clock adds up their published seconds.
class TableLab final : public studies::Lab {
 public:
  explicit TableLab(const studies::KnownTable& table) : table_(table) {}
  double seconds() override { return spent_; }
  Result<Trial> train(Trial trial, std::span<const Trial> /*history*/) override {
    const auto row = table_.rows->find(trial.design);
    if (!row) {
      trial.state = search::TrialState::failed;
      return trial;
    }
    spent_ += table_.rows->seconds[*row];
    return studies::finished(table_.known, trial.number, trial.design);
  }

 private:
  const studies::KnownTable& table_;
  double spent_ = 0;
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

Status on_this_machine(const std::vector<std::string>& methods) {
  const auto system = device::this_machine();
  FORECOST_TRY(const search::Predictors predictors, calibrated());
  FORECOST_TRY(const Bounds bounds,
               bounds_of(predictors, *system, std::stod(setting("FORECOST_STUDY_QUANTILE", "0.3"))));
  FORECOST_TRY(const search::StudyFile file,
               search::parse_study(study_text(bounds.latency_ms, bounds.memory_mb), "hyperpower.toml"));
  FORECOST_TRY(const search::StudySetup setup, search::set_up(file, predictors, *system));
  FORECOST_TRY(const device::TempFolder folder, device::TempFolder::make(*system));
  const double budget = std::stod(setting("FORECOST_STUDY_SECONDS", "45"));
  const std::uint64_t seeds = std::stoull(setting("FORECOST_STUDY_SEEDS", "4"));
  std::cout << fmt::format(
      "Drawn glyphs, trained here. Limits: latency <= {:.4g} ms, memory <= {:.4g} MB, which {:.0f} % of the "
      "designs "
      "hold; {} runs of {:.0f} s each\n",
      bounds.latency_ms, bounds.memory_mb, 100 * bounds.share, seeds, budget);
  const TrainerLab::Place place{file, setup, *system, folder.path(), budget};
  return studies::compare({setup.problem, budget}, methods, seeds, "hyperpower.",
                          [&place](const Method& method, std::uint64_t seed) {
                            return std::make_unique<TrainerLab>(place, method, seed);
                          });
}

Status on_tables(const std::vector<std::string>& methods) {
  FORECOST_TRY(const auto tables,
               studies::read_tables(setting("FORECOST_STUDY_DATA", FORECOST_SOURCE_DIR "/../shared/data")));
  const std::vector<studies::KnownTable> known = studies::known_tables(tables);
  const auto table = std::find_if(known.begin(), known.end(), [](const studies::KnownTable& one) {
    return one.known.name == "nasbench201.cifar10.raspi4.at_25";
  });
  if (table == known.end()) return Error{Fault::not_found, "the table of NAS-Bench-201 is not here", "", ""};
  const std::vector<double>& seconds = table->rows->seconds;
  const double mean =
      std::accumulate(seconds.begin(), seconds.end(), 0.0) / static_cast<double>(seconds.size());
  constexpr std::uint64_t seeds = 10;
  constexpr double trainings = 60;
  std::cout << fmt::format(
      "\nNAS-Bench-201 on CIFAR-10, 200 epochs each as published. Limit: latency on a Raspberry Pi 4 <= "
      "{:.4g} ms, which "
      "25 % of the cells hold; {} runs of {:.0f} hours of training each\n",
      table->bound, seeds, trainings * mean / 3600);
  return studies::compare(
      {table->known.problem, trainings * mean, 1}, methods, seeds, "hyperpower.nasbench201.",
      [&table](const Method&, std::uint64_t) { return std::make_unique<TableLab>(*table); });
}

/// Whether it worked; an absent part does not hide the other.
bool done(const std::string& part, const Status& status) {
  if (status) return true;
  std::cerr << "error: " << to_string(status.error()) << '\n';
  std::cout << report::absent_line(part, status.error().what) << '\n';
  return false;
}

}  // namespace

int main() {
  const auto methods = listed(setting("FORECOST_STUDY_METHODS", "Rand,Rand-Walk,HW-CWEI,HW-IECI"));
  done("hyperpower.nasbench201", on_tables(methods));
  return done("hyperpower", on_this_machine(methods)) ? 0 : 1;
}
