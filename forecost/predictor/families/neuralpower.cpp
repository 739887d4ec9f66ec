// SPDX-License-Identifier: Apache-2.0
// Cai, Juan, Stamoulis, Marculescu: NeuralPower, ACML 2017, with the feature sets, solver and clamps of the
// released code (model_training/*.m, predict_runtime_power.py): Lasso on absolute milliseconds, 10-fold
// cross-validated.
#include <algorithm>
#include <array>
#include <map>

#include <nlohmann/json.hpp>

#include "forecost/numeric/lasso.h"
#include "forecost/predictor/rule_predictor.h"

namespace forecost::predictor::families {
namespace {

enum class LayerType { convolution, dense, pool, other };
constexpr std::array<std::string_view, 4> type_names = {"convolution", "dense", "pool", "other"};

LayerType type_of(const layer::Kernel& kernel) {
  if (kernel.op.find("Conv") != std::string::npos) return LayerType::convolution;
  if (kernel.op.find("Pool") != std::string::npos) return LayerType::pool;
  return kernel.cost.macs.value > 0 ? LayerType::dense : LayerType::other;
}

/// The base, its products of two and, at degree 3, of three (repetition allowed).
std::vector<double> products(const std::vector<double>& base, int degree) {
  std::vector<double> terms = base;
  for (std::size_t i = 0; i < base.size(); ++i) {
    for (std::size_t j = i; j < base.size(); ++j) terms.push_back(base[i] * base[j]);
  }
  if (degree < 3) return terms;
  for (std::size_t i = 0; i < base.size(); ++i) {
    for (std::size_t j = i; j < base.size(); ++j) {
      for (std::size_t k = j; k < base.size(); ++k) terms.push_back(base[i] * base[j] * base[k]);
    }
  }
  return terms;
}

std::vector<double> convolution_terms(const layer::Extents& e) {
  const double filters = e.n * e.groups;
  const double depth = e.k / std::max(1.0, e.kernel_h * e.kernel_w);
  const double channels = depth * e.groups;
  const double macs = e.out_h * e.out_w * filters * e.kernel_h * e.kernel_w * depth;
  std::vector<double> terms = products({e.batch, e.out_h, e.out_w, e.kernel_w, depth, filters, e.in_h}, 3);
  terms.insert(
      terms.end(),
      {macs, e.batch * macs, e.batch * e.out_h * e.out_w * e.kernel_h * e.kernel_w * depth,
       e.batch * e.out_h * e.out_w * filters, e.kernel_h * e.kernel_w * depth * filters,
       e.batch * e.in_h * e.in_w * channels, e.batch * e.in_w * channels, e.batch * e.in_h * channels});
  return terms;
}

std::vector<double> dense_terms(const layer::Extents& e) {
  const double rows = e.batch * e.groups * e.m;
  std::vector<double> terms = products({rows, e.n, 1, 1, e.k}, 2);
  terms.push_back(rows * e.n * e.k);
  return terms;
}

std::vector<double> pool_terms(const layer::Extents& e) {
  std::vector<double> terms = products({e.batch, e.out_h, e.out_w, e.n, e.kernel_h, e.in_h}, 3);
  const double written = e.batch * e.out_h * e.out_w * e.n;
  terms.insert(terms.end(), {written * e.kernel_h * e.kernel_w, written, e.batch * e.in_h * e.in_w * e.n});
  return terms;
}

Eigen::VectorXd terms_of_type(const layer::Kernel& kernel, LayerType type) {
  std::vector<double> terms;
  switch (type) {
    case LayerType::convolution:
      terms = convolution_terms(kernel.cost.extents);
      break;
    case LayerType::dense:
      terms = dense_terms(kernel.cost.extents);
      break;
    case LayerType::pool:
      terms = pool_terms(kernel.cost.extents);
      break;
    case LayerType::other:
      terms = {static_cast<double>(kernel.cost.operations.value),
               static_cast<double>(kernel.cost.read.value + kernel.cost.written.value)};
      break;
  }
  return Eigen::Map<const Eigen::VectorXd>(terms.data(), static_cast<Eigen::Index>(terms.size()));
}

/// What the authors leave out of training: convolutions with one output row, dense layers of 100 ms and more.
bool trains(const measurement::KernelRow& row, LayerType type) {
  if (type == LayerType::convolution) return row.kernel.cost.extents.out_h > 1;
  if (type == LayerType::dense) return milliseconds(row.time) < 100;
  return true;
}

class NeuralPower final : public TimeRule {
 public:
  std::map<LayerType, numeric::SparseFit> fits;

  std::vector<double> seconds(std::span<const layer::Kernel> kernels) const override {
    std::vector<double> times;
    times.reserve(kernels.size());
    for (const layer::Kernel& kernel : kernels) {
      const LayerType type = type_of(kernel);
      const auto fit = fits.find(type);
      double ms = fit == fits.end() ? 0 : fit->second.predict(terms_of_type(kernel, type));
      if (type != LayerType::other) ms = std::max(ms, 0.105);
      times.push_back(from_milliseconds(ms).value);
    }
    return times;
  }

  nlohmann::json save() const override {
    nlohmann::json saved = nlohmann::json::object();
    for (const auto& [type, fit] : fits) {
      saved[std::string(type_names[static_cast<std::size_t>(type)])] = {
          {"intercept", fit.intercept},
          {"coefficients", std::vector<double>(fit.coefficients.begin(), fit.coefficients.end())}};
    }
    return saved;
  }
};

std::size_t width_of(LayerType type) {
  constexpr std::array<std::size_t, 4> widths = {127, 21, 86, 2};
  return widths[static_cast<std::size_t>(type)];
}

Result<std::unique_ptr<TimeRule>> fit_types(const measurement::Table& table) {
  auto rule = std::make_unique<NeuralPower>();
  for (std::size_t t = 0; t < type_names.size(); ++t) {
    const auto type = static_cast<LayerType>(t);
    std::vector<const measurement::KernelRow*> rows;
    for (const auto& row : table.kernels) {
      if (type_of(row.kernel) == type && trains(row, type)) rows.push_back(&row);
    }
    if (rows.empty()) continue;
    Eigen::MatrixXd x(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(width_of(type)));
    Eigen::VectorXd y(x.rows());
    for (Eigen::Index i = 0; i < x.rows(); ++i) {
      const measurement::KernelRow& row = *rows[static_cast<std::size_t>(i)];
      x.row(i) = terms_of_type(row.kernel, type).transpose();
      y(i) = milliseconds(row.time);
    }
    rule->fits.emplace(type, numeric::lasso(x, y, {.sweeps = 60}));
  }
  return std::unique_ptr<TimeRule>(std::move(rule));
}

Result<std::unique_ptr<Predictor>> fit(const measurement::Table& table, const FitOptions& options) {
  return fit_rule_predictor(table, {.family = "neuralpower", .least = 1, .fit = fit_types}, options);
}

Result<std::unique_ptr<Predictor>> load(const nlohmann::json& saved, const device::Card& card) {
  FORECOST_TRY(const Widths widths, load_widths(saved));
  auto rule = std::make_unique<NeuralPower>();
  try {
    for (std::size_t t = 0; t < type_names.size(); ++t) {
      const auto entry = saved.at("rule").find(std::string(type_names[t]));
      if (entry == saved.at("rule").end()) continue;
      const auto coefficients = entry->at("coefficients").get<std::vector<double>>();
      if (coefficients.size() != width_of(static_cast<LayerType>(t))) {
        return Error{Fault::bad_input, "the saved polynomial has another number of terms",
                     std::string(type_names[t]), "calibrate again: forecost calibrate"};
      }
      numeric::SparseFit fit;
      fit.intercept = entry->at("intercept").get<double>();
      fit.coefficients = Eigen::Map<const Eigen::VectorXd>(coefficients.data(),
                                                           static_cast<Eigen::Index>(coefficients.size()));
      rule->fits.emplace(static_cast<LayerType>(t), std::move(fit));
    }
  } catch (const nlohmann::json::exception& broken) {
    return Error{Fault::bad_input, "the saved polynomials are incomplete", broken.what(),
                 "calibrate again: forecost calibrate"};
  }
  return make_rule_predictor(std::move(rule), {.family = "neuralpower", .widths = widths}, card);
}

}  // namespace

Family neuralpower() {
  return {.name = "neuralpower",
          .format = 1,
          .summary = "the published sparse polynomials per layer type, fitted on absolute time",
          .source = "Cai et al.: NeuralPower, ACML 2017, arXiv 1710.05420",
          .needs_measurements = true,
          .fit = fit,
          .load = load};
}

}  // namespace forecost::predictor::families
