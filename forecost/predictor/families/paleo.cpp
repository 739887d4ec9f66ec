// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "forecost/numeric/statistics.h"
#include "forecost/predictor/paleo_model.h"
#include "forecost/predictor/rule_predictor.h"

namespace forecost::predictor::families {
namespace {

PaleoTime time_of(const layer::Kernel& kernel, const PaleoDevice& device) {
  const layer::Extents& e = kernel.cost.extents;
  const double taps = std::max(1.0, e.kernel_h * e.kernel_w);
  if (kernel.op.find("Conv") != std::string::npos) {
    return paleo_forward({.batch = e.batch,
                          .in_h = e.in_h,
                          .in_w = e.in_w,
                          .in_c = e.k / taps * e.groups,
                          .kernel_h = e.kernel_h,
                          .kernel_w = e.kernel_w,
                          .stride_h = e.stride_h,
                          .stride_w = e.stride_w,
                          .out_h = e.out_h,
                          .out_w = e.out_w,
                          .out_c = e.n * e.groups,
                          .groups = std::max(1.0, e.groups)},
                         device);
  }
  if (kernel.op.find("Pool") != std::string::npos) {
    return paleo_pool({.batch = e.batch,
                       .in_h = e.in_h,
                       .in_w = e.in_w,
                       .channels = e.n,
                       .kernel_h = e.kernel_h,
                       .kernel_w = e.kernel_w,
                       .out_h = e.out_h,
                       .out_w = e.out_w},
                      device);
  }
  return paleo_plain(static_cast<double>(kernel.cost.operations.value),
                     static_cast<double>(kernel.cost.read.value + kernel.cost.written.value), device);
}

class Paleo final : public TimeRule {
 public:
  Paleo(const device::Card& card, double percent_of_peak) : device_(paleo_device_of(card, percent_of_peak)) {}

  std::vector<double> seconds(std::span<const layer::Kernel> kernels) const override {
    std::vector<double> times;
    times.reserve(kernels.size());
    for (const layer::Kernel& kernel : kernels) times.push_back(time_of(kernel, device_).total_ms() * 1e-3);
    return times;
  }
  nlohmann::json save() const override { return {{"percent_of_peak", device_.percent_of_peak}}; }

 private:
  PaleoDevice device_;
};

/// The platform's share of the peaks, the one constant that Paleo takes from measurements: the median over
/// the kernels, 1 without any. Above 1 it would say that a data sheet's peak is exceeded, as caches do.
double percent_of_peak(const measurement::Table& table) {
  const PaleoDevice peak = paleo_device_of(table.card, 1);
  std::vector<double> ratios;
  for (const measurement::KernelRow& row : table.kernels) {
    const double ideal = time_of(row.kernel, peak).total_ms();
    if (row.time.value > 0 && ideal > 0) ratios.push_back(std::log(ideal / milliseconds(row.time)));
  }
  return ratios.empty() ? 1.0 : std::clamp(std::exp(numeric::median(std::move(ratios))), 1e-6, 10.0);
}

Result<std::unique_ptr<Predictor>> fit(const measurement::Table& table, const FitOptions& options) {
  const RuleFit rule = [](const measurement::Table& part) -> Result<std::unique_ptr<TimeRule>> {
    return std::unique_ptr<TimeRule>(std::make_unique<Paleo>(part.card, percent_of_peak(part)));
  };
  Widths widths;
  if (!table.kernels.empty()) {
    FORECOST_TRY(widths, fit_widths(table, rule, options));
  }
  return make_rule_predictor(std::make_unique<Paleo>(table.card, percent_of_peak(table)),
                             {.family = "paleo", .widths = widths}, table.card);
}

Result<std::unique_ptr<Predictor>> load(const nlohmann::json& saved, const device::Card& card) {
  FORECOST_TRY(const Widths widths, load_widths(saved));
  try {
    const double share = saved.at("rule").at("percent_of_peak").get<double>();
    if (!(share > 0)) {
      return Error{Fault::bad_input, "the saved percent of peak is not positive", "paleo",
                   "calibrate again: forecost calibrate"};
    }
    return make_rule_predictor(std::make_unique<Paleo>(card, share), {.family = "paleo", .widths = widths},
                               card);
  } catch (const nlohmann::json::exception& broken) {
    return Error{Fault::bad_input, "the saved percent of peak is missing", broken.what(),
                 "calibrate again: forecost calibrate"};
  }
}

}  // namespace

Family paleo() {
  return {.name = "paleo",
          .format = 1,
          .summary = "counts over peaks, one share of the peaks fitted; needs no measurements",
          .source = "Qi, Sparks, Talwalkar: Paleo, ICLR 2017",
          .needs_measurements = false,
          .fit = fit,
          .load = load};
}

}  // namespace forecost::predictor::families
