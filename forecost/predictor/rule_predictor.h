// SPDX-License-Identifier: Apache-2.0
/// Predictors that are a plain rule from kernel to seconds, with intervals of one relative width: the
/// baselines.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "forecost/predictor/family.h"

namespace forecost::predictor {

/// Seconds of kernels, in order. What it returns below 1 ns is raised to 1 ns.
class TimeRule {
 public:
  virtual ~TimeRule() = default;
  virtual std::vector<double> seconds(std::span<const layer::Kernel> kernels) const = 0;
  /// Power of kernels while they run, in order; empty where the rule does not know it.
  virtual std::vector<Watts> watts(std::span<const layer::Kernel> /*kernels*/) const { return {}; }
  virtual std::vector<ReadableTerm> terms() const { return {}; }
  virtual nlohmann::json save() const = 0;
};

/// Half-widths of the 90 % intervals, as logarithms.
struct Widths {
  double kernel = 1.5;
  double network = 1.0;
};

struct RuleOptions {
  std::string_view family;
  Widths widths;
  bool adds_overhead = true;  ///< totals include the card's per-node and per-run overhead
};

std::unique_ptr<Predictor> make_rule_predictor(std::unique_ptr<const TimeRule> rule,
                                               const RuleOptions& options, const device::Card& card);

using RuleFit = std::function<Result<std::unique_ptr<TimeRule>>(const measurement::Table&)>;

/// Conformal widths from errors on groups left out, five folds; on the same rows where there is one group
/// only.
Result<Widths> fit_widths(const measurement::Table& table, const RuleFit& fit, const FitOptions& options);

/// Fits the rule and its widths. Rows are brought into canonical order first.
/// Fails: `bad_input` when fewer than `least` kernels with positive time are there.
struct RuleRecipe {
  std::string_view family;
  int least = 1;
  RuleFit fit;
};
Result<std::unique_ptr<Predictor>> fit_rule_predictor(const measurement::Table& table,
                                                      const RuleRecipe& recipe, const FitOptions& options);

/// The saved form: {"rule": ..., "kernel_width": ..., "network_width": ...}.
Result<Widths> load_widths(const nlohmann::json& saved);

}  // namespace forecost::predictor
