// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "forecost/predictor/physics.h"
#include "forecost/predictor/rule_predictor.h"

namespace forecost::predictor::families {
namespace {

class Roofline final : public TimeRule {
 public:
  explicit Roofline(device::Card card) : card_(std::move(card)) {}

  std::vector<double> seconds(std::span<const layer::Kernel> kernels) const override {
    std::vector<double> times;
    times.reserve(kernels.size());
    for (const layer::Kernel& kernel : kernels) times.push_back(roofline_time(kernel, card_).value);
    return times;
  }
  nlohmann::json save() const override { return nlohmann::json::object(); }

 private:
  device::Card card_;
};

Result<std::unique_ptr<Predictor>> fit(const measurement::Table& table, const FitOptions& options) {
  const auto rule = [&](const measurement::Table& part) -> Result<std::unique_ptr<TimeRule>> {
    return std::unique_ptr<TimeRule>(std::make_unique<Roofline>(part.card));
  };
  Widths widths;
  if (!table.kernels.empty()) {
    FORECOST_TRY(widths, fit_widths(table, rule, options));
  }
  return make_rule_predictor(std::make_unique<Roofline>(table.card), {.family = "roofline", .widths = widths},
                             table.card);
}

Result<std::unique_ptr<Predictor>> load(const nlohmann::json& saved, const device::Card& card) {
  FORECOST_TRY(const Widths widths, load_widths(saved));
  return make_rule_predictor(std::make_unique<Roofline>(card), {.family = "roofline", .widths = widths},
                             card);
}

}  // namespace

Family roofline() {
  return {.name = "roofline",
          .format = 1,
          .summary = "the larger of arithmetic and traffic time at the measured roofs; needs no measurements",
          .source = "Williams, Waterman, Patterson: Roofline, CACM 52(4), 2009",
          .needs_measurements = false,
          .fit = fit,
          .load = load};
}

}  // namespace forecost::predictor::families
