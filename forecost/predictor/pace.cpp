// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/pace.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/numeric/statistics.h"
#include "forecost/predictor/redraw.h"
#include "forecost/predictor/wrapped.h"

namespace forecost::predictor {
namespace {

constexpr std::size_t least_networks = 5;

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

class PacedPredictor final : public WrappedPredictor {
 public:
  PacedPredictor(std::unique_ptr<Predictor> calibrated, double factor)
      : WrappedPredictor(std::move(calibrated)), factor_(factor) {}

  std::vector<KernelForecast> predict(const Compiled& compiled) const override {
    auto forecasts = inner().predict(compiled);
    for (KernelForecast& forecast : forecasts) scale(forecast);
    return forecasts;
  }
  TotalForecast predict_total(const Compiled& compiled) const override {
    TotalForecast total = inner().predict_total(compiled);
    scale(total);
    return total;
  }
  std::optional<EnergyForecast> predict_energy(const Compiled& compiled) const override {
    auto energy = inner().predict_energy(compiled);
    if (!energy) return energy;
    for (Joules* joules : {&energy->energy, &energy->low, &energy->high}) *joules = *joules * factor_;
    return energy;
  }
  std::vector<EnergyPart> energy_parts(const Compiled& compiled) const override {
    auto parts = inner().energy_parts(compiled);
    for (EnergyPart& part : parts) part.energy = part.energy * factor_;
    return parts;
  }
  double pace() const override { return factor_ * inner().pace(); }

 private:
  template <typename Forecast>
  void scale(Forecast& forecast) const {
    for (Seconds* time : {&forecast.time, &forecast.low, &forecast.high}) *time = *time * factor_;
  }

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
      auto item = redrawn(*candidate->record, predictor.card().identity, kind);
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
