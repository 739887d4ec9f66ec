// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/pace.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/layer/layer.h"
#include "forecost/measurement/prior.h"
#include "forecost/network/writer.h"
#include "forecost/numeric/statistics.h"

namespace forecost::predictor {
namespace {

constexpr std::size_t least_networks = 5;

/// "residual-17": the family and seed. Nothing for several copies of an operator, and for other names.
std::optional<measurement::Draw> draw_of(const std::string& name) {
  const auto dash = name.rfind('-');
  if (dash == std::string::npos || name.find('x', dash) != std::string::npos) return std::nullopt;
  return measurement::Draw{.family = name.substr(0, dash),
                           .seed = std::strtoull(name.c_str() + dash + 1, nullptr, 10)};
}

std::int64_t macs_of(const std::vector<layer::Kernel>& kernels) {
  std::int64_t sum = 0;
  for (const auto& kernel : kernels) sum += kernel.cost.macs.value;
  return sum;
}

/// The record's network, told among the redraws by the multiply-accumulates of its kernels.
std::optional<measurement::Item> rebuilt(const measurement::Record& record, const device::Identity& identity,
                                         const std::string& kind) {
  const layer::Runtime* runtime = layer::find_runtime(identity.runtime);
  if (runtime == nullptr) return std::nullopt;
  const layer::LoweringTarget target = runtime->target(identity.instruction_set);
  const std::int64_t macs = macs_of(record.kernels);
  auto network = measurement::build(*draw_of(record.name), [&](const layer::LayeredNetwork& layered) {
    const auto lowered = layer::lower(layered, *runtime, target);
    return lowered && macs_of(lowered->kernels) == macs;
  });
  if (!network) return std::nullopt;
  auto bytes = network::serialise(*network);
  if (!bytes) return std::nullopt;
  return measurement::Item{.name = record.name,
                           .kind = kind,
                           .group = record.group,
                           .bytes = std::move(*bytes),
                           .network = std::move(*network)};
}

/// Logarithm of measured over forecast, and the forecast.
std::pair<double, Seconds> residual_of(const measurement::Record& record, const Predictor& predictor) {
  const auto compiled = predictor.compile(record.kernels);
  const Seconds forecast = predictor.predict_total(*compiled).time;
  return {std::log(numeric::median(record.run_seconds) / forecast.value), forecast};
}

struct Candidate {
  const measurement::Record* record = nullptr;
  Seconds forecast;
  double residual = 0;
};

class PacedPredictor : public Predictor {
 public:
  PacedPredictor(std::unique_ptr<Predictor> calibrated, double factor)
      : calibrated_(std::move(calibrated)), factor_(factor) {}

  std::string_view family() const override { return calibrated_->family(); }
  const device::Card& card() const override { return calibrated_->card(); }
  std::unique_ptr<const Compiled> compile(std::span<const layer::Kernel> kernels) const override {
    return calibrated_->compile(kernels);
  }
  std::vector<KernelForecast> predict(const Compiled& compiled) const override {
    auto forecasts = calibrated_->predict(compiled);
    for (KernelForecast& forecast : forecasts) scale(forecast);
    return forecasts;
  }
  TotalForecast predict_total(const Compiled& compiled) const override {
    TotalForecast total = calibrated_->predict_total(compiled);
    scale(total);
    return total;
  }
  std::string_view energy_source() const override { return calibrated_->energy_source(); }
  std::vector<EnergyPart> energy_parts(const Compiled& compiled) const override {
    auto parts = calibrated_->energy_parts(compiled);
    for (EnergyPart& part : parts) part.energy = part.energy * factor_;
    return parts;
  }
  std::vector<Warning> warnings(std::span<const layer::Kernel> kernels) const override {
    return calibrated_->warnings(kernels);
  }
  std::vector<ReadableTerm> terms() const override { return calibrated_->terms(); }
  double pace() const override { return factor_ * calibrated_->pace(); }
  nlohmann::json save() const override { return calibrated_->save(); }

 private:
  template <typename Forecast>
  void scale(Forecast& forecast) const {
    for (Seconds* time : {&forecast.time, &forecast.low, &forecast.high}) *time = *time * factor_;
  }

  std::unique_ptr<Predictor> calibrated_;
  double factor_;
};

}  // namespace

std::vector<measurement::Item> yardsticks(const std::vector<measurement::Record>& calibration,
                                          const Predictor& predictor, const std::string& kind,
                                          std::size_t count, Seconds longest) {
  std::vector<Candidate> candidates;
  std::vector<double> residuals;
  for (const auto& record : calibration) {
    if (record.evicted || record.run_seconds.empty() || !draw_of(record.name) || macs_of(record.kernels) == 0)
      continue;
    const auto [residual, forecast] = residual_of(record, predictor);
    if (forecast > longest) continue;
    candidates.push_back({&record, forecast, residual});
    residuals.push_back(residual);
  }
  if (candidates.empty()) return {};
  const double usual = numeric::median(residuals);
  std::sort(candidates.begin(), candidates.end(),
            [](const auto& a, const auto& b) { return a.forecast < b.forecast; });
  std::vector<measurement::Item> chosen;
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = candidates.begin() + static_cast<std::ptrdiff_t>(i * candidates.size() / count);
    const auto end = candidates.begin() + static_cast<std::ptrdiff_t>((i + 1) * candidates.size() / count);
    std::sort(begin, end, [usual](const auto& a, const auto& b) {
      return std::abs(a.residual - usual) < std::abs(b.residual - usual);
    });
    for (auto candidate = begin; candidate != end; ++candidate) {
      auto item = rebuilt(*candidate->record, predictor.card().identity, kind);
      if (!item) continue;
      chosen.push_back(std::move(*item));
      break;
    }
  }
  return chosen;
}

Result<Pace> pace_of(std::span<const measurement::Record> again,
                     const std::vector<measurement::Record>& calibration) {
  std::map<std::string_view, double> then;
  for (const auto& record : calibration) {
    if (!record.run_seconds.empty()) then[record.name] = numeric::median(record.run_seconds);
  }
  std::vector<double> changes;  // logarithms
  for (const auto& record : again) {
    const auto known = then.find(record.name);
    if (known == then.end() || record.run_seconds.empty()) continue;
    changes.push_back(std::log(numeric::median(record.run_seconds) / known->second));
  }
  if (changes.size() < least_networks) {
    return Error{
        Fault::interrupted,
        fmt::format("only {} networks were measured again, too few to tell the pace", changes.size()), "",
        "calibrate longer: forecost calibrate --budget 3min"};
  }
  const auto n = static_cast<double>(changes.size());
  const double reach = std::min(0.5, 1.645 * 0.5 / std::sqrt(n));  // of the median's rank, as a share
  return Pace{.factor = std::exp(numeric::median(changes)),
              .low = std::exp(numeric::quantile(changes, 0.5 - reach)),
              .high = std::exp(numeric::quantile(changes, 0.5 + reach)),
              .spread = (numeric::quantile(changes, 0.75) - numeric::quantile(changes, 0.25)) / 2,
              .networks = static_cast<int>(changes.size()),
              .measured = {}};
}

std::unique_ptr<Predictor> at_pace(std::unique_ptr<Predictor> predictor, double factor) {
  FORECOST_EXPECTS(predictor != nullptr && factor > 0, "a pace is a positive factor of a predictor's times");
  return std::make_unique<PacedPredictor>(std::move(predictor), factor);
}

nlohmann::json to_json(const Pace& pace) {
  return {{"factor", pace.factor}, {"low", pace.low},           {"high", pace.high},
          {"spread", pace.spread}, {"networks", pace.networks}, {"measured", pace.measured}};
}

Pace pace_from(const nlohmann::json& saved) {
  return {.factor = saved.at("factor").get<double>(),
          .low = saved.at("low").get<double>(),
          .high = saved.at("high").get<double>(),
          .spread = saved.at("spread").get<double>(),
          .networks = saved.at("networks").get<int>(),
          .measured = saved.at("measured").get<std::string>()};
}

}  // namespace forecost::predictor
