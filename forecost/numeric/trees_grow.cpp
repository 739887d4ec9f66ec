// SPDX-License-Identifier: Apache-2.0
// The border to XGBoost: C API calls that are alike from 1.7 to 3.0.
#include <cmath>
#include <deque>
#include <limits>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <xgboost/c_api.h>

#include "forecost/numeric/trees.h"

namespace forecost::numeric {
namespace {

struct FreeMatrix {
  using pointer = DMatrixHandle;
  void operator()(DMatrixHandle handle) const { XGDMatrixFree(handle); }
};
struct FreeBooster {
  using pointer = BoosterHandle;
  void operator()(BoosterHandle handle) const { XGBoosterFree(handle); }
};

Status checked(int code, const char* call) {
  if (code == 0) return Done{};
  return Error{Fault::failed, fmt::format("XGBoost: {}", XGBGetLastError()), call,
               "check that the xgboost library is 1.7 or newer"};
}

bool finite(std::span<const float> values) {
  for (float value : values) {
    if (!std::isfinite(value)) return false;
  }
  return true;
}

}  // namespace

Result<Trees> Trees::grow(const FloatTable& rows, std::span<const float> target,
                          std::span<const float> weight, const TreeOptions& options) {
  FORECOST_EXPECTS(rows.rows() == target.size(), "one target for each row");
  FORECOST_EXPECTS(weight.empty() || weight.size() == target.size(), "one weight for each row, or none");
  if (target.empty() || !finite(rows.values) || !finite(target) || !finite(weight)) {
    return Error{Fault::bad_input, "trees need at least one row of finite numbers", "",
                 "look for measurements of zero time or extents"};
  }
  FORECOST_TRY(Done done, checked(XGBSetGlobalConfig(R"({"verbosity": 0})"), "XGBSetGlobalConfig"));

  DMatrixHandle matrix_handle = nullptr;
  FORECOST_TRY(done, checked(XGDMatrixCreateFromMat(rows.values.data(), rows.rows(), rows.columns,
                                                    std::numeric_limits<float>::quiet_NaN(), &matrix_handle),
                             "XGDMatrixCreateFromMat"));
  const std::unique_ptr<void, FreeMatrix> matrix(matrix_handle);
  FORECOST_TRY(done,
               checked(XGDMatrixSetFloatInfo(matrix.get(), "label", target.data(), target.size()), "label"));
  if (!weight.empty()) {
    FORECOST_TRY(
        done, checked(XGDMatrixSetFloatInfo(matrix.get(), "weight", weight.data(), weight.size()), "weight"));
  }

  BoosterHandle booster_handle = nullptr;
  FORECOST_TRY(done, checked(XGBoosterCreate(&matrix_handle, 1, &booster_handle), "XGBoosterCreate"));
  const std::unique_ptr<void, FreeBooster> booster(booster_handle);
  const std::vector<std::pair<const char*, std::string>> settings = {
      {"objective", "reg:squarederror"},
      {"tree_method", "hist"},
      {"nthread", "1"},
      {"verbosity", "0"},
      {"base_score", "0"},
      {"max_depth", fmt::format("{}", options.depth)},
      {"eta", fmt::format("{}", options.rate)},
      {"lambda", fmt::format("{}", options.l2)},
      {"min_child_weight", fmt::format("{}", options.min_child_weight)},
      {"subsample", fmt::format("{}", options.row_share)},
      {"colsample_bytree", fmt::format("{}", options.column_share)},
      {"colsample_bynode", fmt::format("{}", options.node_column_share)},
      {"num_parallel_tree", fmt::format("{}", options.parallel)},
      {"seed", fmt::format("{}", options.seed % 2147483647U)},
  };
  for (const auto& [name, value] : settings) {
    FORECOST_TRY(done, checked(XGBoosterSetParam(booster.get(), name, value.c_str()), name));
  }
  for (int round = 0; round < options.rounds; ++round) {
    FORECOST_TRY(
        done, checked(XGBoosterUpdateOneIter(booster.get(), round, matrix.get()), "XGBoosterUpdateOneIter"));
  }
  bst_ulong length = 0;
  const char* text = nullptr;
  FORECOST_TRY(done,
               checked(XGBoosterSaveModelToBuffer(booster.get(), R"({"format": "json"})", &length, &text),
                       "XGBoosterSaveModelToBuffer"));
  Trees trees;
  FORECOST_TRY(done, trees.adopt(nlohmann::json::parse(text, text + length, nullptr, false), rows.columns));
  return trees;
}

// XGBoost's JSON model (its doc/model.schema): per tree the lists left_children, right_children,
// split_indices, split_conditions; a leaf has child -1 and its value in split_conditions.
Status Trees::adopt(const nlohmann::json& model, std::size_t columns) {
  try {
    const auto& trees = model.at("learner").at("gradient_booster").at("model").at("trees");
    for (const auto& tree : trees) {
      const auto left = tree.at("left_children").get<std::vector<std::int32_t>>();
      const auto right = tree.at("right_children").get<std::vector<std::int32_t>>();
      const auto column = tree.at("split_indices").get<std::vector<std::int32_t>>();
      const auto bound = tree.at("split_conditions").get<std::vector<float>>();
      const auto first = static_cast<std::int32_t>(nodes_.size());
      roots_.push_back(first);
      nodes_.emplace_back();
      std::deque<std::pair<std::size_t, std::size_t>> open{{0, nodes_.size() - 1}};
      while (!open.empty()) {
        const auto [from, to] = open.front();
        open.pop_front();
        if (left.at(from) < 0) {
          nodes_[to] = {.bound = std::numeric_limits<float>::infinity(),
                        .column = 0,
                        .low = static_cast<std::int32_t>(to),
                        .leaf = bound.at(from)};
          continue;
        }
        const std::size_t low = nodes_.size();
        nodes_[to] = {.bound = bound.at(from),
                      .column = column.at(from),
                      .low = static_cast<std::int32_t>(low),
                      .leaf = 0};
        nodes_.emplace_back();
        nodes_.emplace_back();
        open.emplace_back(static_cast<std::size_t>(left.at(from)), low);
        open.emplace_back(static_cast<std::size_t>(right.at(from)), low + 1);
      }
    }
  } catch (const std::exception& broken) {
    return Error{Fault::failed, "XGBoost wrote a model in a form not known here", broken.what(),
                 "use an xgboost library between 1.7 and 3.0"};
  }
  FORECOST_TRY([[maybe_unused]] const Done done, check(columns));
  measure_depths();
  return Done{};
}

}  // namespace forecost::numeric
