// SPDX-License-Identifier: Apache-2.0
// Zhang et al.: nn-Meter, MobiSys 2021: a random forest per kernel type on its raw configuration, operations
// and parameters (nn_meter/predictor/prediction/utils), fitted on absolute time.
#include <algorithm>
#include <array>
#include <map>

#include <nlohmann/json.hpp>

#include "forecost/numeric/trees.h"
#include "forecost/predictor/rule_predictor.h"

namespace forecost::predictor::families {
namespace {

constexpr std::size_t columns = 12;
/// Stands for operators with too few rows of their own.
const char* const any_operator = "*";

std::array<float, columns> row_of(const layer::Kernel& kernel) {
  const layer::Extents& e = kernel.cost.extents;
  const double taps = std::max(1.0, e.kernel_h * e.kernel_w);
  std::array<float, columns> row{};
  const std::array<double, columns> values = {e.batch,
                                              e.in_h,
                                              e.in_w,
                                              e.k / taps * e.groups,
                                              e.n * e.groups,
                                              e.m,
                                              e.kernel_h,
                                              e.stride_h,
                                              e.groups,
                                              e.k,
                                              static_cast<double>(kernel.cost.operations.value) / 2e6,
                                              static_cast<double>(kernel.cost.parameters) / 1e6};
  std::transform(values.begin(), values.end(), row.begin(),
                 [](double value) { return static_cast<float>(value); });
  return row;
}

class RandomForest final : public TimeRule {
 public:
  std::map<std::string, numeric::Trees> forests;  ///< milliseconds, by operator

  std::vector<double> seconds(std::span<const layer::Kernel> kernels) const override {
    std::map<const numeric::Trees*, std::pair<numeric::FloatTable, std::vector<std::size_t>>> batches;
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      auto found = forests.find(kernels[i].op);
      if (found == forests.end()) found = forests.find(any_operator);
      if (found == forests.end()) continue;
      auto& [rows, indices] = batches[&found->second];
      rows.append(row_of(kernels[i]));
      indices.push_back(i);
    }
    std::vector<double> times(kernels.size(), 0.0);
    for (const auto& [forest, batch] : batches) {
      const std::vector<float> ms = forest->predict(batch.first);
      for (std::size_t j = 0; j < ms.size(); ++j) times[batch.second[j]] = static_cast<double>(ms[j]) * 1e-3;
    }
    return times;
  }

  nlohmann::json save() const override {
    nlohmann::json saved = nlohmann::json::object();
    for (const auto& [op, forest] : forests) saved[op] = forest.save();
    return saved;
  }
};

Result<std::unique_ptr<TimeRule>> fit_forests(const measurement::Table& table) {
  constexpr std::size_t least = 10;
  std::map<std::string, std::pair<numeric::FloatTable, std::vector<float>>> problems;
  for (const auto& row : table.kernels) {
    for (const std::string& op : {row.kernel.op, std::string(any_operator)}) {
      auto& [rows, times] = problems[op];
      rows.append(row_of(row.kernel));
      times.push_back(static_cast<float>(milliseconds(row.time)));
    }
  }
  auto rule = std::make_unique<RandomForest>();
  for (const auto& [op, problem] : problems) {
    if (problem.second.size() < least && op != any_operator) continue;
    FORECOST_TRY(numeric::Trees forest,
                 numeric::Trees::grow(problem.first, problem.second, {},
                                      {.rounds = 1,
                                       .parallel = 100,
                                       .depth = 14,
                                       .rate = 1,
                                       .l2 = 0,
                                       .min_child_weight = 1,
                                       .row_share = problem.second.size() < 4 ? 1.0 : 0.632,
                                       .column_share = 1,
                                       .node_column_share = 0.5,
                                       .seed = 1}));
    rule->forests.emplace(op, std::move(forest));
  }
  return std::unique_ptr<TimeRule>(std::move(rule));
}

Result<std::unique_ptr<Predictor>> fit(const measurement::Table& table, const FitOptions& options) {
  return fit_rule_predictor(table, {.family = "random_forest", .least = 1, .fit = fit_forests}, options);
}

Result<std::unique_ptr<Predictor>> load(const nlohmann::json& saved, const device::Card& card) {
  FORECOST_TRY(const Widths widths, load_widths(saved));
  auto rule = std::make_unique<RandomForest>();
  try {
    for (const auto& [op, forest] : saved.at("rule").items()) {
      FORECOST_TRY(numeric::Trees trees, numeric::Trees::load(forest, columns));
      rule->forests.emplace(op, std::move(trees));
    }
  } catch (const nlohmann::json::exception& broken) {
    return Error{Fault::bad_input, "the saved forests are incomplete", broken.what(),
                 "calibrate again: forecost calibrate"};
  }
  return make_rule_predictor(std::move(rule), {.family = "random_forest", .widths = widths}, card);
}

}  // namespace

Family random_forest() {
  return {.name = "random_forest",
          .format = 1,
          .summary = "a random forest per operator on raw shapes, absolute time (nn-Meter's way)",
          .source = "Zhang et al.: nn-Meter, MobiSys 2021",
          .needs_measurements = true,
          .fit = fit,
          .load = load};
}

}  // namespace forecost::predictor::families
