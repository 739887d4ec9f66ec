// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/neuralpower_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <nlohmann/json.hpp>

#include "forecost/numeric/lasso.h"
#include "forecost/predictor/neuralpower_terms.h"
#include "forecost/predictor/rule_predictor.h"

namespace forecost::predictor {
namespace {

constexpr double published_floor_ms = 0.105;
constexpr double least_watts = 1e-3;

/// One polynomial and the range of what it was fitted to.
struct Polynomial {
  numeric::SparseFit fit;
  double low = 0;
  double high = 0;
};

using Polynomials = std::map<LayerType, Polynomial>;

Eigen::VectorXd vector_of(const std::vector<double>& values) {
  return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

double value_of(const Polynomial& polynomial, const layer::Kernel& kernel, LayerType type,
                PolynomialTarget target) {
  return polynomial.fit.predict(vector_of(neuralpower_terms(kernel, type, target)));
}

class NeuralPower final : public TimeRule {
 public:
  explicit NeuralPower(Loss loss) : loss_(loss) {}
  Polynomials runtime;
  Polynomials power;

  std::vector<double> seconds(std::span<const layer::Kernel> kernels) const override {
    std::vector<double> times;
    times.reserve(kernels.size());
    for (const layer::Kernel& kernel : kernels) {
      const LayerType type = layer_type_of(kernel);
      const auto found = runtime.find(type);
      double ms =
          found == runtime.end() ? 0 : value_of(found->second, kernel, type, PolynomialTarget::runtime);
      if (loss_ == Loss::relative) {
        ms = std::max(ms, found == runtime.end() ? 0.0 : found->second.low);
      } else if (type != LayerType::other) {
        ms = std::max(ms, published_floor_ms);
      }
      times.push_back(from_milliseconds(ms).value);
    }
    return times;
  }

  std::vector<Watts> watts(std::span<const layer::Kernel> kernels) const override {
    std::vector<Watts> result;
    if (power.empty()) return result;
    result.reserve(kernels.size());
    for (const layer::Kernel& kernel : kernels) {
      const LayerType type = layer_type_of(kernel);
      auto found = power.find(type);
      if (found == power.end()) found = power.begin();  // a type without energy: what another type draws
      double watt = found->first == type ? value_of(found->second, kernel, type, PolynomialTarget::power)
                                         : found->second.fit.intercept;
      if (loss_ == Loss::relative || found->first != type)
        watt = std::clamp(watt, found->second.low, found->second.high);
      result.emplace_back(std::max(watt, least_watts));
    }
    return result;
  }

  std::vector<ReadableTerm> terms() const override {
    std::vector<ReadableTerm> terms;
    append_terms(terms, runtime, PolynomialTarget::runtime);
    append_terms(terms, power, PolynomialTarget::power);
    return terms;
  }

  nlohmann::json save() const override { return {{"runtime_ms", saved(runtime)}, {"power_w", saved(power)}}; }

 private:
  static nlohmann::json saved(const Polynomials& polynomials) {
    nlohmann::json saved = nlohmann::json::object();
    for (const auto& entry : polynomials) {
      const numeric::SparseFit& fit = entry.second.fit;
      saved[std::string(name_of(entry.first))] = {
          {"intercept", fit.intercept},
          {"coefficients", std::vector<double>(fit.coefficients.begin(), fit.coefficients.end())},
          {"low", entry.second.low},
          {"high", entry.second.high}};
    }
    return saved;
  }

  static void append_terms(std::vector<ReadableTerm>& terms, const Polynomials& polynomials,
                           PolynomialTarget target) {
    const std::string unit = target == PolynomialTarget::runtime ? "runtime_ms" : "power_w";
    for (const auto& entry : polynomials) {
      const std::string part(name_of(entry.first));
      const std::vector<std::string> names = neuralpower_term_names(entry.first, target);
      terms.push_back({part, unit, "1", entry.second.fit.intercept});
      for (std::size_t i = 0; i < names.size(); ++i) {
        const double coefficient = entry.second.fit.coefficients(static_cast<Eigen::Index>(i));
        if (coefficient != 0) terms.push_back({part, unit, names[i], coefficient});
      }
    }
  }

  Loss loss_;
};

/// What the authors leave out of training.
bool trains(const measurement::KernelRow& row, LayerType type) {
  if (type == LayerType::convolution) return row.kernel.cost.extents.out_h > 1;
  if (type == LayerType::dense) return milliseconds(row.time) < 100;
  return true;
}

/// Penalties that a fit on all rows chose, to be used again by fits on parts of them.
using Penalties = std::map<std::pair<PolynomialTarget, LayerType>, double>;

class Fitter {
 public:
  Fitter(const measurement::Table& table, Loss loss, Penalties& penalties)
      : table_(table), loss_(loss), penalties_(penalties) {}

  Polynomials fit(PolynomialTarget target) {
    Polynomials polynomials;
    for (const LayerType type : layer_types) {
      std::vector<const measurement::KernelRow*> rows;
      for (const measurement::KernelRow& row : table_.kernels) {
        const bool known = target == PolynomialTarget::runtime || row.energy;
        if (known && layer_type_of(row.kernel) == type && trains(row, type)) rows.push_back(&row);
      }
      if (!rows.empty()) polynomials.emplace(type, fit_rows(rows, type, target));
    }
    return polynomials;
  }

 private:
  Polynomial fit_rows(const std::vector<const measurement::KernelRow*>& rows, LayerType type,
                      PolynomialTarget target) {
    const auto count = static_cast<Eigen::Index>(rows.size());
    const auto width = static_cast<Eigen::Index>(neuralpower_term_names(type, target).size());
    Eigen::MatrixXd x(count, width);
    Eigen::VectorXd y(count);
    for (Eigen::Index i = 0; i < count; ++i) {
      const measurement::KernelRow& row = *rows[static_cast<std::size_t>(i)];
      x.row(i) = vector_of(neuralpower_terms(row.kernel, type, target)).transpose();
      y(i) =
          target == PolynomialTarget::runtime ? milliseconds(row.time) : row.energy->value / row.time.value;
    }
    numeric::LassoOptions options;
    if (loss_ == Loss::relative) options.weights = y.cwiseMax(1e-9).cwiseAbs2().cwiseInverse();
    const auto chosen = penalties_.find({target, type});
    Polynomial polynomial{.fit = chosen == penalties_.end()
                                     ? numeric::lasso(x, y, options)
                                     : numeric::lasso_at(x, y, chosen->second, options),
                          .low = y.minCoeff(),
                          .high = y.maxCoeff()};
    penalties_.emplace(std::pair(target, type), polynomial.fit.penalty);
    return polynomial;
  }

  const measurement::Table& table_;
  Loss loss_;
  Penalties& penalties_;
};

Result<Polynomials> load_polynomials(const nlohmann::json& saved, PolynomialTarget target) {
  Polynomials polynomials;
  for (const LayerType type : layer_types) {
    const auto entry = saved.find(std::string(name_of(type)));
    if (entry == saved.end()) continue;
    const auto coefficients = entry->at("coefficients").get<std::vector<double>>();
    if (coefficients.size() != neuralpower_term_names(type, target).size()) {
      return Error{Fault::bad_input, "the saved polynomial has another number of terms",
                   std::string(name_of(type)), "calibrate again: forecost calibrate"};
    }
    Polynomial polynomial;
    polynomial.fit.intercept = entry->at("intercept").get<double>();
    polynomial.fit.coefficients = vector_of(coefficients);
    polynomial.low = entry->at("low").get<double>();
    polynomial.high = entry->at("high").get<double>();
    polynomials.emplace(type, std::move(polynomial));
  }
  return polynomials;
}

}  // namespace

Result<std::unique_ptr<Predictor>> fit_neuralpower(const measurement::Table& table,
                                                   const NeuralPowerOptions& wanted,
                                                   const FitOptions& options) {
  Penalties penalties;
  const RuleFit fit = [&](const measurement::Table& part) -> Result<std::unique_ptr<TimeRule>> {
    auto rule = std::make_unique<NeuralPower>(wanted.loss);
    Fitter fitter(part, wanted.loss, penalties);
    rule->runtime = fitter.fit(PolynomialTarget::runtime);
    rule->power = fitter.fit(PolynomialTarget::power);
    return std::unique_ptr<TimeRule>(std::move(rule));
  };
  return fit_rule_predictor(table, {.family = wanted.family, .least = 1, .fit = fit}, options);
}

Result<std::unique_ptr<Predictor>> load_neuralpower(const nlohmann::json& saved, const device::Card& card,
                                                    const NeuralPowerOptions& wanted) {
  FORECOST_TRY(const Widths widths, load_widths(saved));
  auto rule = std::make_unique<NeuralPower>(wanted.loss);
  try {
    FORECOST_TRY(rule->runtime,
                 load_polynomials(saved.at("rule").at("runtime_ms"), PolynomialTarget::runtime));
    FORECOST_TRY(rule->power, load_polynomials(saved.at("rule").at("power_w"), PolynomialTarget::power));
  } catch (const nlohmann::json::exception& broken) {
    return Error{Fault::bad_input, "the saved polynomials are incomplete", broken.what(),
                 "calibrate again: forecost calibrate"};
  }
  return make_rule_predictor(std::move(rule), {.family = wanted.family, .widths = widths}, card);
}

std::optional<PowerTotal> add_up(std::span<const KernelForecast> forecasts) {
  PowerTotal total;
  for (const KernelForecast& forecast : forecasts) {
    if (!forecast.power) return std::nullopt;
    total.time += forecast.time;
    total.energy += Joules(forecast.power->value * forecast.time.value);
  }
  if (total.time.value > 0) total.power = Watts(total.energy.value / total.time.value);
  return total;
}

double energy_precision_ratio(double error, Joules energy_per_image, double alpha) {
  return std::pow(error, alpha) * energy_per_image.value;
}

}  // namespace forecost::predictor
