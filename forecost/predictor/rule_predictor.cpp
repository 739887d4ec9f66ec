// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/rule_predictor.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/numeric/statistics.h"
#include "forecost/predictor/distinct.h"
#include "forecost/predictor/folds.h"
#include "forecost/predictor/physics.h"

namespace forecost::predictor {
namespace {

constexpr double least_time = 1e-9;

class RuleCompiled final : public Compiled {
 public:
  Distinct kinds;
  std::vector<layer::Kernel> kernels;  ///< one of each kind
  std::vector<Bound> bounds;
};

class RulePredictor final : public Predictor {
 public:
  RulePredictor(std::unique_ptr<const TimeRule> rule, RuleOptions options, device::Card card)
      : rule_(std::move(rule)), options_(options), card_(std::move(card)) {}

  std::string_view family() const override { return options_.family; }
  const device::Card& card() const override { return card_; }

  std::unique_ptr<const Compiled> compile(std::span<const layer::Kernel> kernels) const override {
    auto compiled = std::make_unique<RuleCompiled>();
    compiled->kinds = distinct(kernels);
    for (std::size_t first : compiled->kinds.first) {
      compiled->kernels.push_back(kernels[first]);
      compiled->bounds.push_back(bound_of(terms_of(kernels[first], card_)));
    }
    return compiled;
  }

  std::vector<KernelForecast> predict(const Compiled& compiled) const override {
    const RuleCompiled& own = cast(compiled);
    const std::vector<double> seconds = rule_->seconds(own.kernels);
    const std::vector<Watts> watts = rule_->watts(own.kernels);
    const double width = std::exp(options_.widths.kernel);
    std::vector<KernelForecast> forecasts;
    forecasts.reserve(own.kinds.kind.size());
    for (std::size_t kind : own.kinds.kind) {
      const double time = std::max(least_time, seconds[kind]);
      forecasts.push_back({.time = Seconds(time),
                           .low = Seconds(time / width),
                           .high = Seconds(time * width),
                           .bound = own.bounds[kind],
                           .outside = false});
      if (!watts.empty()) forecasts.back().power = watts[kind];
    }
    return forecasts;
  }

  TotalForecast predict_total(const Compiled& compiled) const override {
    const RuleCompiled& own = cast(compiled);
    const std::vector<double> seconds = rule_->seconds(own.kernels);
    double total = 0;
    for (std::size_t i = 0; i < seconds.size(); ++i)
      total += own.kinds.count[i] * std::max(least_time, seconds[i]);
    if (options_.adds_overhead) {
      total += card_.run_overhead.value;
    }
    const double width = std::exp(options_.widths.network);
    return {.time = Seconds(total), .low = Seconds(total / width), .high = Seconds(total * width)};
  }

  std::vector<ReadableTerm> terms() const override { return rule_->terms(); }

  nlohmann::json save() const override {
    return {{"rule", rule_->save()},
            {"kernel_width", options_.widths.kernel},
            {"network_width", options_.widths.network}};
  }

 private:
  static const RuleCompiled& cast(const Compiled& compiled) {
    const auto* own = dynamic_cast<const RuleCompiled*>(&compiled);
    FORECOST_EXPECTS(own != nullptr, "kernels are predicted by the predictor that compiled them");
    return *own;
  }

  std::unique_ptr<const TimeRule> rule_;
  RuleOptions options_;
  device::Card card_;
};

/// Sizes of errors, as logarithms.
struct Errors {
  std::vector<double> kernels;
  std::vector<double> networks;

  void append(const Errors& other) {
    kernels.insert(kernels.end(), other.kernels.begin(), other.kernels.end());
    networks.insert(networks.end(), other.networks.begin(), other.networks.end());
  }
};

Errors errors_of(const TimeRule& rule, const measurement::Table& held_out) {
  Errors errors;
  std::vector<layer::Kernel> measured;
  for (const auto& row : held_out.kernels) measured.push_back(row.kernel);
  const std::vector<double> seconds = rule.seconds(measured);
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    const double time = held_out.kernels[i].time.value;
    if (time > 0) errors.kernels.push_back(std::abs(std::log(time / std::max(least_time, seconds[i]))));
  }
  for (const auto& row : held_out.networks) {
    double total = held_out.card.run_overhead.value;
    for (double time : rule.seconds(row.kernels)) total += std::max(least_time, time);
    if (row.time.value > 0 && total > 0)
      errors.networks.push_back(std::abs(std::log(row.time.value / total)));
  }
  return errors;
}

}  // namespace

std::unique_ptr<Predictor> make_rule_predictor(std::unique_ptr<const TimeRule> rule,
                                               const RuleOptions& options, const device::Card& card) {
  return std::make_unique<RulePredictor>(std::move(rule), options, card);
}

Result<Widths> fit_widths(const measurement::Table& table, const RuleFit& fit, const FitOptions& options) {
  constexpr int folds = 5;
  const Folds dealt = deal(groups_of(table), folds, options.seed);
  Errors errors;
  if (dealt.size() < 2) {
    FORECOST_TRY(const std::unique_ptr<TimeRule> rule, fit(table));
    errors = errors_of(*rule, table);
  } else {
    for (int fold = 0; fold < folds; ++fold) {
      const Split parts = split(table, dealt, fold);
      if ((parts.training.kernels.empty() && parts.training.networks.empty()) ||
          (parts.held_out.kernels.empty() && parts.held_out.networks.empty()))
        continue;
      FORECOST_TRY(const std::unique_ptr<TimeRule> rule, fit(parts.training));
      errors.append(errors_of(*rule, parts.held_out));
    }
  }
  Widths widths;
  if (!errors.kernels.empty()) widths.kernel = numeric::conformal_quantile(errors.kernels, 0.9);
  if (errors.kernels.empty() && errors.networks.size() >= 4)  // kernels spread more than their sums
    widths.kernel = std::max(widths.kernel, numeric::conformal_quantile(errors.networks, 0.9));
  widths.network =
      errors.networks.size() >= 4 ? numeric::conformal_quantile(errors.networks, 0.9) : widths.kernel;
  widths.kernel = std::clamp(widths.kernel, 0.01, 20.0);
  widths.network = std::clamp(widths.network, 0.01, 20.0);
  return widths;
}

Result<std::unique_ptr<Predictor>> fit_rule_predictor(const measurement::Table& given,
                                                      const RuleRecipe& recipe, const FitOptions& options) {
  measurement::Table table = canonical(given);
  std::erase_if(table.kernels, [](const measurement::KernelRow& row) { return !(row.time.value > 0); });
  if (table.kernels.size() < static_cast<std::size_t>(recipe.least)) {
    return Error{Fault::bad_input,
                 fmt::format("{} needs at least {} measured kernels and has {}", recipe.family, recipe.least,
                             table.kernels.size()),
                 table.card.identity.name, "measure some: forecost calibrate"};
  }
  FORECOST_TRY(std::unique_ptr<TimeRule> rule, recipe.fit(table));
  FORECOST_TRY(const Widths widths, fit_widths(table, recipe.fit, options));
  return make_rule_predictor(std::move(rule), {.family = recipe.family, .widths = widths}, table.card);
}

Result<Widths> load_widths(const nlohmann::json& saved) {
  try {
    return Widths{.kernel = saved.at("kernel_width").get<double>(),
                  .network = saved.at("network_width").get<double>()};
  } catch (const nlohmann::json::exception& broken) {
    return Error{Fault::bad_input, "the saved predictor has no interval widths", broken.what(),
                 "calibrate again: forecost calibrate"};
  }
}

}  // namespace forecost::predictor
