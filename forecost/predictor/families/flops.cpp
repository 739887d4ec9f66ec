// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <nlohmann/json.hpp>

#include "forecost/numeric/statistics.h"
#include "forecost/predictor/rule_predictor.h"

namespace forecost::predictor::families {
namespace {

class Flops final : public TimeRule {
 public:
  explicit Flops(double rate) : rate_(rate) {}

  std::vector<double> seconds(std::span<const layer::Kernel> kernels) const override {
    std::vector<double> times;
    times.reserve(kernels.size());
    for (const layer::Kernel& kernel : kernels) {
      times.push_back(static_cast<double>(kernel.cost.operations.value) / rate_);
    }
    return times;
  }
  nlohmann::json save() const override { return {{"rate", rate_}}; }

 private:
  double rate_;  ///< operations per second
};

/// All operations over all time: the one constant that gets the sum right.
Result<std::unique_ptr<TimeRule>> fit_rate(const measurement::Table& table) {
  double operations = 0;
  double time = 0;
  for (const measurement::KernelRow& row : table.kernels) {
    operations += static_cast<double>(row.kernel.cost.operations.value);
    time += row.time.value;
  }
  return std::unique_ptr<TimeRule>(
      std::make_unique<Flops>(operations > 0 && time > 0 ? operations / time : 1e9));
}

Result<std::unique_ptr<Predictor>> fit(const measurement::Table& table, const FitOptions& options) {
  return fit_rule_predictor(table, {.family = "flops", .least = 1, .fit = fit_rate}, options);
}

Result<std::unique_ptr<Predictor>> load(const nlohmann::json& saved, const device::Card& card) {
  FORECOST_TRY(const Widths widths, load_widths(saved));
  try {
    const double rate = saved.at("rule").at("rate").get<double>();
    if (!(rate > 0)) {
      return Error{Fault::bad_input, "the saved rate is not positive", "flops",
                   "calibrate again: forecost calibrate"};
    }
    return make_rule_predictor(std::make_unique<Flops>(rate), {.family = "flops", .widths = widths}, card);
  } catch (const nlohmann::json::exception& broken) {
    return Error{Fault::bad_input, "the saved rate is missing", broken.what(),
                 "calibrate again: forecost calibrate"};
  }
}

}  // namespace

Family flops() {
  return {.name = "flops",
          .format = 1,
          .summary = "one constant: operations over a fitted rate",
          .source = "what operation counts alone can say",
          .needs_measurements = true,
          .fit = fit,
          .load = load};
}

}  // namespace forecost::predictor::families
