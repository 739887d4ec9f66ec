// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/power_model.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <Eigen/Core>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/numeric/nonnegative.h"
#include "forecost/numeric/statistics.h"
#include "forecost/predictor/physics.h"
#include "forecost/predictor/wrapped.h"

namespace forecost::predictor {
namespace {

constexpr std::size_t least_networks = 8;
constexpr std::size_t folds = 5;
constexpr double coverage = 0.9;

/// A sample as the fit sees it: seconds.
struct Row {
  PowerTerms terms;
  double time = 0;
  double energy = 0;
  double idle = 0;
  std::size_t group = 0;
};

PowerTerms terms_of_all(std::span<const layer::Kernel> kernels, const device::Card& card) {
  PowerTerms sum;
  for (const layer::Kernel& kernel : kernels) {
    const PowerTerms one = power_terms(kernel, card);
    sum.arithmetic += one.arithmetic;
    sum.near += one.near;
    sum.far += one.far;
  }
  return sum;
}

/// The share of a roof that is reached, at most 1: seconds, again.
double reached(double at_roof, double time) {
  return std::min(at_roof, time);
}

std::vector<Row> rows_of(std::span<const PowerSample> samples, const device::Card& card) {
  std::map<std::string, std::size_t> groups;
  std::vector<Row> rows;
  for (const PowerSample& sample : samples) {
    const std::size_t group = groups.emplace(sample.group, groups.size()).first->second;
    rows.push_back({.terms = terms_of_all(sample.kernels, card),
                    .time = sample.time.value,
                    .energy = sample.energy.value,
                    .idle = sample.idle.value,
                    .group = group});
  }
  for (std::size_t i = 0; i < rows.size() && groups.size() < folds; ++i) rows[i].group = i;  // none to keep
  return rows;
}

double above_idle(const PowerModel& model, const Row& row) {
  return model.busy.value * row.time + model.arithmetic.value * reached(row.terms.arithmetic, row.time) +
         model.near.value * reached(row.terms.near, row.time) +
         model.far.value * reached(row.terms.far, row.time);
}

/// Idle power is each row's own; rows of the fold `left_out` are not seen.
PowerModel fit_rows(const std::vector<Row>& rows, std::size_t left_out) {
  std::vector<const Row*> seen;
  for (const Row& row : rows) {
    if (row.group % folds != left_out) seen.push_back(&row);
  }
  const auto count = static_cast<Eigen::Index>(seen.size());
  Eigen::MatrixXd a(count, 4);
  Eigen::VectorXd b(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    const Row& row = *seen[static_cast<std::size_t>(i)];
    a.row(i) << row.time, reached(row.terms.arithmetic, row.time), reached(row.terms.near, row.time),
        reached(row.terms.far, row.time);
    a.row(i) /= row.energy;
    b(i) = std::max(0.0, row.energy - row.idle * row.time) / row.energy;
  }
  const Eigen::VectorXd watts =
      numeric::robust_nonnegative_fit(a, b, Eigen::VectorXd::Ones(count), /*ridge=*/1e-4);
  return {.idle = {},
          .busy = Watts(watts(0)),
          .arithmetic = Watts(watts(1)),
          .near = Watts(watts(2)),
          .far = Watts(watts(3))};
}

class PoweredCompiled final : public Compiled {
 public:
  std::unique_ptr<const Compiled> inner;
  std::vector<PowerTerms> terms;
};

class PoweredPredictor final : public WrappedPredictor {
 public:
  PoweredPredictor(std::unique_ptr<Predictor> predictor, PowerModel model)
      : WrappedPredictor(std::move(predictor)), model_(std::move(model)) {}

  std::unique_ptr<const Compiled> compile(std::span<const layer::Kernel> kernels) const override {
    auto compiled = std::make_unique<PoweredCompiled>();
    compiled->inner = inner().compile(kernels);
    for (const layer::Kernel& kernel : kernels) compiled->terms.push_back(power_terms(kernel, card()));
    return compiled;
  }

  std::vector<KernelForecast> predict(const Compiled& compiled) const override {
    const PoweredCompiled& own = cast(compiled);
    auto forecasts = inner().predict(*own.inner);
    for (std::size_t k = 0; k < forecasts.size(); ++k) {
      forecasts[k].power = power_of(model_, own.terms[k], forecasts[k].time);
    }
    return forecasts;
  }

  TotalForecast predict_total(const Compiled& compiled) const override {
    return inner().predict_total(*cast(compiled).inner);
  }

  /// Errors of the time and of the power are taken as independent.
  std::optional<EnergyForecast> predict_energy(const Compiled& compiled) const override {
    auto energy = energy_of_kernels(*this, compiled);
    if (!energy) return energy;
    const TotalForecast total = predict_total(compiled);
    const double up = std::hypot(std::log(total.high / total.time), model_.spread);
    const double down = std::hypot(std::log(total.time / total.low), model_.spread);
    energy->low = energy->energy * std::exp(-down);
    energy->high = energy->energy * std::exp(up);
    return energy;
  }

  std::string energy_source() const override {
    if (model_.sensor == "declared") return "declared power";
    return fmt::format("power fitted to {} ({})", model_.sensor, model_.scope);
  }

  std::vector<EnergyPart> energy_parts(const Compiled& compiled) const override {
    const PoweredCompiled& own = cast(compiled);
    const Seconds time = predict_total(compiled).time;
    EnergyPart idle{"idle", Joules(model_.idle.value * time.value)};
    if (model_.sensor == "declared") return {idle, {"active", Joules(model_.busy.value * time.value)}};
    EnergyPart arithmetic{"arithmetic", {}}, traffic{"traffic", {}};
    const auto forecasts = inner().predict(*own.inner);
    Seconds kernels;
    for (const KernelForecast& forecast : forecasts) kernels += forecast.time;
    for (std::size_t k = 0; k < forecasts.size(); ++k) {
      const double longest = forecasts[k].time.value;
      const double share = time / kernels;  // as predict_energy() does
      const PowerTerms& terms = own.terms[k];
      arithmetic.energy += Joules(share * model_.arithmetic.value * reached(terms.arithmetic, longest));
      traffic.energy += Joules(share * (model_.near.value * reached(terms.near, longest) +
                                        model_.far.value * reached(terms.far, longest)));
    }
    return {idle, {"running", Joules(model_.busy.value * time.value)}, arithmetic, traffic};
  }

 private:
  static const PoweredCompiled& cast(const Compiled& compiled) {
    const auto* own = dynamic_cast<const PoweredCompiled*>(&compiled);
    FORECOST_EXPECTS(own != nullptr, "kernels are predicted by the predictor that compiled them");
    return *own;
  }

  PowerModel model_;
};

}  // namespace

PowerTerms power_terms(const layer::Kernel& kernel, const device::Card& card) {
  const Terms terms = terms_of(kernel, card);
  const auto at = [&terms](Term term) { return terms[static_cast<std::size_t>(term)]; };
  const Physics physics = physics_of(kernel, card);
  double largest_cache = 0;
  for (const device::MemoryLevel& level : card.memory) {
    largest_cache = std::max(largest_cache, static_cast<double>(level.capacity.value));
  }
  const double peak = peak_for(card, kernel.element);
  return {.arithmetic = (2 * physics.macs + physics.other_operations) / peak,
          .near = at(Term::input) + at(Term::weights) + at(Term::output),
          .far = physics.footprint > largest_cache ? at(Term::far) : 0};
}

Watts power_of(const PowerModel& model, const PowerTerms& terms, Seconds time) {
  const auto share = [time](double at_roof) {
    return time.value > 0 ? reached(at_roof, time.value) / time.value : 0;
  };
  return model.idle + model.busy + model.arithmetic * share(terms.arithmetic) +
         model.near * share(terms.near) + model.far * share(terms.far);
}

Result<PowerModel> fit_power(std::span<const PowerSample> samples, const device::Card& card) {
  std::vector<Row> rows = rows_of(samples, card);
  rows.erase(std::remove_if(rows.begin(), rows.end(),
                            [](const Row& row) { return !(row.time > 0) || !(row.energy > 0); }),
             rows.end());
  if (rows.size() < least_networks) {
    return Error{Fault::interrupted,
                 fmt::format("the energy of {} networks is known, too few to fit powers", rows.size()),
                 card.identity.name, fmt::format("{} are needed: calibrate longer", least_networks)};
  }
  PowerModel model = fit_rows(rows, folds);
  std::vector<double> idles, errors, scores;
  for (const Row& row : rows) idles.push_back(row.idle);
  for (std::size_t fold = 0; fold < folds; ++fold) {
    const PowerModel blind = fit_rows(rows, fold);
    for (const Row& row : rows) {
      if (row.group % folds != fold) continue;
      const double forecast = row.idle * row.time + above_idle(blind, row);
      errors.push_back(std::abs(forecast / row.energy - 1));
      scores.push_back(forecast > 0 ? std::abs(std::log(forecast / row.energy)) : 1.0);
    }
  }
  model.idle = Watts(numeric::median(idles));
  model.networks = static_cast<int>(rows.size());
  model.mape = numeric::mean(errors);
  model.spread = numeric::conformal_quantile(scores, coverage);
  return model;
}

Result<PowerModel> fit_power(const std::vector<measurement::Record>& records, const device::Card& card) {
  std::vector<std::string> sensors;  // in the order in which they appear
  std::map<std::string, int> count;
  for (const auto& record : records) {
    for (const auto& energy : record.energies) {
      if (energy.declared) continue;
      if (count[energy.sensor]++ == 0) sensors.push_back(energy.sensor);
    }
  }
  std::string sensor;
  for (const std::string& one : sensors) {
    if (sensor.empty() || count[one] > count[sensor]) sensor = one;
  }
  std::vector<PowerSample> samples;
  std::string scope;
  for (const auto& record : records) {
    for (const auto& energy : record.energies) {
      if (energy.declared || energy.sensor != sensor) continue;
      samples.push_back({.kernels = record.kernels,
                         .group = record.group,
                         .time = energy.run_time(),
                         .energy = energy.total,
                         .idle = energy.idle()});
      scope = energy.scope;
    }
  }
  FORECOST_TRY(PowerModel model, fit_power(samples, card));
  model.sensor = sensor;
  model.scope = scope;
  return model;
}

PowerModel declared_model(const measurement::DeclaredPower& power) {
  return {.idle = power.idle,
          .busy = power.active - power.idle,
          .arithmetic = {},
          .near = {},
          .far = {},
          .sensor = "declared",
          .scope = "declared"};
}

std::unique_ptr<Predictor> with_power(std::unique_ptr<Predictor> predictor, const PowerModel& model) {
  return std::make_unique<PoweredPredictor>(std::move(predictor), model);
}

nlohmann::json to_json(const PowerModel& model) {
  return {
      {"idle_w", model.idle.value}, {"busy_w", model.busy.value}, {"arithmetic_w", model.arithmetic.value},
      {"near_w", model.near.value}, {"far_w", model.far.value},   {"sensor", model.sensor},
      {"scope", model.scope},       {"networks", model.networks}, {"mape", model.mape},
      {"spread", model.spread}};
}

PowerModel power_from(const nlohmann::json& saved) {
  return {.idle = Watts(saved.at("idle_w").get<double>()),
          .busy = Watts(saved.at("busy_w").get<double>()),
          .arithmetic = Watts(saved.at("arithmetic_w").get<double>()),
          .near = Watts(saved.at("near_w").get<double>()),
          .far = Watts(saved.at("far_w").get<double>()),
          .sensor = saved.at("sensor").get<std::string>(),
          .scope = saved.at("scope").get<std::string>(),
          .networks = saved.at("networks").get<int>(),
          .mape = saved.at("mape").get<double>(),
          .spread = saved.at("spread").get<double>()};
}

}  // namespace forecost::predictor
