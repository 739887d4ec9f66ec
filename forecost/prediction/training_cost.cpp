// SPDX-License-Identifier: Apache-2.0
#include "forecost/prediction/training_cost.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "forecost/numeric/nonnegative.h"
#include "forecost/numeric/statistics.h"

namespace forecost::prediction {
namespace {

constexpr double bytes_per_parameter = 4;

/// Seconds, by the rule.
struct Parts {
  double products_forward = 0, products_backward = 0;
  double others_forward = 0, others_backward = 0;
  double update = 0;

  double products() const { return products_forward + products_backward; }
  double others() const { return others_forward + others_backward; }
  double step(const TrainingFactors& factors) const {
    return factors.products * products() + factors.others * others() + factors.update * update;
  }
};

class Adding {
 public:
  void add(const layer::Kernel& kernel, double forward) {
    if (kernel.cost.macs.value <= 0) {
      parts_.others_forward += forward;
      parts_.others_backward += forward;
      return;
    }
    parts_.products_forward += forward;
    parts_.products_backward += first_ ? forward : 2 * forward;
    first_ = false;
  }
  Parts done(double parameters, const device::Card& card, std::string_view optimiser) {
    const double passes = optimiser == "adam" ? 7 : 5;
    const double traffic = passes * bytes_per_parameter * parameters;
    const double bandwidth = card.bandwidth_for(Bytes(static_cast<std::int64_t>(traffic)));
    if (bandwidth > 0) parts_.update = traffic / bandwidth;
    return parts_;
  }

 private:
  Parts parts_;
  bool first_ = true;
};

Parts parts_of(const measurement::Record& record, const predictor::Predictor& predictor,
               std::string_view optimiser) {
  const auto compiled = predictor.compile(record.kernels);
  const auto forecasts = predictor.predict(*compiled);
  Adding adding;
  double parameters = 0;
  for (std::size_t k = 0; k < record.kernels.size(); ++k) {
    adding.add(record.kernels[k], forecasts[k].time.value);
    parameters += static_cast<double>(record.kernels[k].cost.parameters);
  }
  return adding.done(parameters, predictor.card(), optimiser);
}

/// Three more rows hold each factor near 1 where the steps do not tell it apart.
TrainingFactors fitted(const std::vector<Parts>& parts, const std::vector<double>& steps,
                       std::size_t left_out) {
  constexpr Eigen::Index factors = 3;
  constexpr double hold = 0.02;  // of a measured step's weight
  const auto measured = static_cast<Eigen::Index>(parts.size());
  Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(measured + factors, factors);
  Eigen::VectorXd times = Eigen::VectorXd::Ones(measured + factors);
  Eigen::VectorXd weights = Eigen::VectorXd::Constant(measured + factors, hold);
  for (Eigen::Index i = 0; i < measured; ++i) {
    const Parts& part = parts[static_cast<std::size_t>(i)];
    sums.row(i) << part.products(), part.others(), part.update;
    times(i) = steps[static_cast<std::size_t>(i)];
    weights(i) = static_cast<std::size_t>(i) == left_out ? 0 : 1;
  }
  for (Eigen::Index j = 0; j < factors; ++j) sums(measured + j, j) = 1;
  const Eigen::VectorXd found = numeric::relative_nonnegative_fit(sums, times, weights);
  return {.products = found(0), .others = found(1), .update = found(2)};
}

}  // namespace

TrainingFactors fit_training(std::span<const measurement::Record> steps,
                             const predictor::Predictor& predictor, std::string_view optimiser) {
  std::vector<Parts> parts;
  std::vector<double> times;
  for (const measurement::Record& record : steps) {
    if (record.run_seconds.empty() || record.kernels.empty()) continue;
    parts.push_back(parts_of(record, predictor, optimiser));
    times.push_back(numeric::median(record.run_seconds));
  }
  constexpr std::size_t enough = 6;
  if (parts.size() < enough) return {};
  std::vector<double> errors;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const double forecast = parts[i].step(fitted(parts, times, i));
    errors.push_back(std::abs(std::log(std::max(forecast, 1e-12) / times[i])));
  }
  TrainingFactors factors = fitted(parts, times, parts.size());
  factors.networks = static_cast<int>(parts.size());
  factors.error = numeric::quantile(errors, 0.9);
  return factors;
}

TrainingCost training_cost(const layer::LayeredNetwork& network, const Prediction& prediction,
                           const device::Card& card, const TrainingFactors& factors,
                           const TrainingRequest& request) {
  Adding adding;
  for (const KernelCost& cost : prediction.kernels) adding.add(cost.kernel, cost.forecast.time.value);
  const Parts parts = adding.done(static_cast<double>(prediction.totals.parameters), card, request.optimiser);
  TrainingCost cost{.network = prediction.network,
                    .device = prediction.device,
                    .optimiser = request.optimiser,
                    .batch = prediction.batch};
  cost.factors = factors;
  cost.forward = Seconds(factors.products * parts.products_forward + factors.others * parts.others_forward);
  cost.backward =
      Seconds(factors.products * parts.products_backward + factors.others * parts.others_backward);
  cost.update = Seconds(factors.update * parts.update);
  cost.step.time = cost.forward + cost.backward + cost.update;
  cost.step.low = cost.step.high = cost.step.time;
  if (factors.networks > 0) {
    const double width = std::exp(factors.error);
    cost.step.low = cost.step.time * (1 / width);
    cost.step.high = cost.step.time * width;
  }
  cost.memory = training_memory(network, request.optimiser);
  if (prediction.energy && prediction.latency.time.value > 0) {
    const double watts = prediction.energy->total.value / prediction.latency.time.value;
    cost.energy = Joules(watts * cost.step.time.value);
    cost.energy_source = "the power of its inference, " + prediction.energy->source;
  }
  cost.samples = request.samples;
  if (request.samples > 0) cost.steps = (request.samples + cost.batch - 1) / cost.batch;
  cost.warnings = prediction.warnings;
  if (card.identity.runtime != "torch") {
    cost.warnings.push_back(
        {fmt::format("kernels of {} are those of an inference: a training keeps apart what it fuses",
                     card.identity.runtime),
         "calibrate the runtime that trains: forecost calibrate --runner torch"});
  }
  if (factors.networks == 0) {
    cost.warnings.push_back({"no training step was measured on this device: backward and update are by rule",
                             fmt::format("measure six networks or more: forecost measure --runner torch "
                                         "--training {} MODEL ...",
                                         request.optimiser)});
  }
  return cost;
}

}  // namespace forecost::prediction
