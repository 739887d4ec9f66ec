// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/calibration.h"

#include <algorithm>
#include <optional>

#include "forecost/measurement/own_measurement.h"
#include "forecost/predictor/plan.h"

namespace forecost::predictor {
namespace {

using measurement::Bench;
using measurement::Item;
using measurement::Store;

constexpr std::size_t interleaved = 4;
constexpr std::size_t enough_to_fit = 12;  ///< networks
constexpr std::size_t most_told = 3;       ///< warnings of one kind

/// The parts of the budget that are not measuring.
struct Schedule {
  Seconds start;
  Seconds budget;
  double reserve = 0;  ///< for the last fit and its validation, seconds
  double active_share = 0;
  double energy = 0;  ///< seconds

  double measuring() const { return std::max(1.0, budget.value - reserve - energy); }
  double spent(const device::System& system) const { return (system.now() - start).value; }
};

class Campaign {
 public:
  Campaign(const Bench& bench, Store& store, const CalibrationOptions& options)
      : bench_(bench), store_(store), options_(options) {
    schedule_ = {.start = bench.system.now(), .budget = options.budget, .active_share = options.active_share};
    schedule_.reserve = std::min(0.12 * options.budget.value, 70.0);
    if (!options.sensors.empty() || bench.runner.measures_itself())
      schedule_.energy = options.energy_share * options.budget.value;
  }

  Result<Calibration> run() {
    report("roofs");
    if (bench_.runner.measures_itself()) {
      FORECOST_TRY(card_, roofs_there());
    } else {
      card_ = device::measure_roofs(bench_.system, bench_.runner.identity(bench_.settings));
    }
    card_.identity.name = options_.device;
    FORECOST_TRY(device_, store_.enter_device(card_));
    FORECOST_TRY([[maybe_unused]] auto memory, fit_memory());
    FORECOST_TRY(run_, store_.begin(device_, options_.provenance));
    FORECOST_TRY(auto done, store_.names(device_, "calibration"));
    networks_ = static_cast<int>(done.size());
    Plan plan(std::move(done), work_limit(), options_.seed);

    const double prior_until = schedule_.measuring() * (1 - schedule_.active_share);
    FORECOST_TRY([[maybe_unused]] auto prior,
                 measure_until(
                     prior_until, "prior", [&] { return plan.by_prior(interleaved); }, plan));
    FORECOST_TRY([[maybe_unused]] auto active, measure_doubtful(plan));
    FORECOST_TRY(const bool energies, measure_energy());
    if (!energies && schedule_.energy > 0) {  // its time is not lost
      schedule_.energy = 0;
      FORECOST_TRY([[maybe_unused]] auto more, measure_doubtful(plan));
    }
    report("fit");
    FORECOST_TRY(auto calibration, fit_stored(store_, card_, options_));
    calibration.failed = failed_;
    calibration.warnings.insert(calibration.warnings.begin(), warnings_.begin(), warnings_.end());
    return calibration;
  }

 private:
  /// Those of an earlier calibration of this device serve again: each costs a start of its program.
  Result<device::Card> roofs_there() const {
    FORECOST_TRY(const auto cards, store_.devices());
    const device::Identity here = bench_.runner.identity(bench_.settings);
    for (const auto& card : cards) {
      const bool same = card.identity.name == options_.device && card.identity.differences(here).empty();
      if (same && !card.peak_operations.empty()) return card;
    }
    return measurement::roofs_there(bench_);
  }

  /// The memory model of an earlier calibration of this device serves again: peaks do not change.
  Status fit_memory() {
    FORECOST_TRY(const auto cards, store_.devices());
    for (const auto& card : cards) {
      if (card.identity.name == options_.device) card_.memory_model = card.memory_model;
    }
    if (!options_.peak_probe || card_.memory_model.relative_error > 0 || bench_.stop()) return Done{};
    report("memory");
    measurement::MemoryBench memory{bench_.system, bench_.runner, bench_.settings, options_.peak_probe};
    memory.longest = Seconds(0.15 * options_.budget.value);
    memory.stop = bench_.stop;
    auto model = measurement::calibrate_memory(memory);
    if (!model) {
      if (model.error().fault != Fault::interrupted)
        warnings_.push_back({"memory could not be measured: " + to_string(model.error()),
                             "predicted peaks count every weight once"});
      return Done{};
    }
    card_.memory_model = *model;
    return store_.update_card(device_, card_);
  }

  /// Networks of about 60 ms at most on this device, fewer when the budget is small.
  double work_limit() const {
    const auto peak = card_.peak_operations.find("float32");
    const double rate = peak == card_.peak_operations.end() ? 2e10 : peak->second;
    return rate * std::clamp(options_.budget.value / 6000, 0.01, 0.06);
  }

  Bytes evict_size() const {
    std::int64_t largest = 0;
    for (const auto& level : card_.memory) largest = std::max(largest, level.capacity.value);
    return Bytes(std::clamp<std::int64_t>(2 * largest, 16 << 20, 128 << 20));
  }

  Result<std::unique_ptr<Predictor>> fit_early() {
    report("fit");
    FORECOST_TRY(const auto records, store_.records(device_, "calibration"));
    const auto* family = find_family(options_.family);
    FORECOST_EXPECTS(family != nullptr, "the family exists");
    return family->fit(measurement::tabulate(card_, records), {.seed = options_.seed});
  }

  template <typename Next>
  Status measure_until(double until, const char* stage, Next next, Plan& plan) {
    while (schedule_.spent(bench_.system) < until && !bench_.stop()) {
      std::vector<Item> items;
      for (const auto& draw : next()) {
        auto item = plan.item(draw, options_.evicted_share, evict_size());
        if (item) {
          items.push_back(std::move(*item));
        } else {
          note_failure(draw.name(), item.error());
        }
      }
      const auto records = measurement::measure(bench_, items, {});
      for (std::size_t i = 0; i < records.size(); ++i) {
        if (!records[i]) {
          if (records[i].error().fault != Fault::interrupted) note_failure(items[i].name, records[i].error());
          continue;
        }
        FORECOST_TRY([[maybe_unused]] auto added, store_.add(device_, run_, *records[i]));
        ++networks_;
        kernels_ += static_cast<int>(records[i]->kernels.size());
      }
      report(stage);
    }
    return Done{};
  }

  /// Until the measuring time is over: networks about which a first fit is unsure.
  Status measure_doubtful(Plan& plan) {
    if (schedule_.active_share <= 0 || bench_.stop()) return Done{};
    const auto early = fit_early();
    if (!early) return Done{};
    return measure_until(
        schedule_.measuring(), "active", [&] { return plan.by_doubt(interleaved, **early, interleaved * 5); },
        plan);
  }

  /// False when nothing was measured, and no earlier calibration did.
  Result<bool> measure_energy() {
    if (schedule_.energy == 0 || bench_.stop()) return false;
    report("energy");
    EnergyPlan plan{.sensors = options_.sensors, .protocol = options_.energy_protocol};
    plan.until = schedule_.start + Seconds(options_.budget.value - schedule_.reserve);
    plan.progress = [this](int) { report("energy"); };
    FORECOST_TRY(const EnergyCampaign campaign,
                 measure_energies(bench_, store_, {device_, run_}, card_, plan));
    warnings_.insert(warnings_.end(), campaign.warnings.begin(),
                     campaign.warnings.begin() +
                         static_cast<std::ptrdiff_t>(std::min(most_told, campaign.warnings.size())));
    FORECOST_TRY(const auto known, store_.names(device_, energy_kind));
    return !known.empty();
  }

  void note_failure(const std::string& name, const Error& error) {
    ++failed_;
    if (warnings_.size() < most_told)
      warnings_.push_back({"network " + name + " was left out: " + to_string(error), "report it"});
  }

  void report(const char* stage) const {
    const double spent = schedule_.spent(bench_.system);
    options_.progress({.stage = stage,
                       .share = std::min(1.0, spent / schedule_.budget.value),
                       .remaining = Seconds(std::max(0.0, schedule_.budget.value - spent)),
                       .networks = networks_,
                       .kernels = kernels_});
  }

  const Bench& bench_;
  Store& store_;
  const CalibrationOptions& options_;
  Schedule schedule_;
  device::Card card_;
  std::int64_t device_ = 0;
  std::int64_t run_ = 0;
  int networks_ = 0;
  int kernels_ = 0;
  int failed_ = 0;
  std::vector<Warning> warnings_;
};

}  // namespace

Result<Calibration> calibrate(const Bench& bench, Store& store, const CalibrationOptions& options) {
  if (find_family(options.family) == nullptr) {
    return Error{Fault::not_found, "no predictor family is called '" + options.family + "'", "",
                 "see forecost list families"};
  }
  return Campaign(bench, store, options).run();
}

Result<Calibration> fit_stored(Store& store, const device::Card& card, const CalibrationOptions& options) {
  const auto* family = find_family(options.family);
  FORECOST_EXPECTS(family != nullptr, "the family exists");
  FORECOST_TRY(const auto device, store.enter_device(card));
  FORECOST_TRY(const auto records, store.records(device, "calibration"));
  if (records.size() < enough_to_fit) {
    return Error{
        Fault::interrupted,
        "only " + std::to_string(records.size()) + " networks were measured, too few to fit a predictor",
        card.identity.name, "run the same command again: it goes on where it stopped"};
  }
  const auto table = measurement::tabulate(card, records);
  FORECOST_TRY([[maybe_unused]] auto updated, store.update_card(device, table.card));
  Calibration calibration{.card = table.card};
  calibration.networks = static_cast<int>(table.networks.size());
  calibration.kernels = static_cast<int>(table.kernels.size());
  FORECOST_TRY(calibration.predictor, family->fit(table, {.seed = options.seed}));
  options.progress({.stage = "validate",
                    .share = 1,
                    .remaining = {},
                    .networks = calibration.networks,
                    .kernels = calibration.kernels});
  FORECOST_TRY(const auto energies, store.records(device, energy_kind));
  if (options.declared_power) calibration.power = declared_model(*options.declared_power);
  if (!energies.empty()) {
    auto power = fit_power(energies, table.card);
    if (power) {
      calibration.power = *std::move(power);
    } else {
      calibration.warnings.push_back({power.error().what, power.error().hint});
    }
  }
  FORECOST_TRY(calibration.validation, cross_validate(*family, table, options.folds, {.seed = options.seed}));
  return calibration;
}

}  // namespace forecost::predictor
