// SPDX-License-Identifier: Apache-2.0
/// Ensembles of regression trees: grown by XGBoost, evaluated here (many rows at once, no library in the
/// way).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "forecost/outcome/outcome.h"

namespace forecost::numeric {

/// Row-major table of single-precision numbers without missing values.
struct FloatTable {
  std::size_t columns = 0;
  std::vector<float> values;

  std::size_t rows() const { return columns == 0 ? 0 : values.size() / columns; }
  std::span<const float> row(std::size_t index) const { return {values.data() + index * columns, columns}; }
  void append(std::span<const float> row);
};

/// How trees are grown; names in XGBoost's words where they differ.
struct TreeOptions {
  int rounds = 100;   ///< boosting rounds
  int parallel = 1;   ///< trees per round; a random forest is one round of many (num_parallel_tree)
  int depth = 6;      ///< max_depth
  double rate = 0.1;  ///< eta; 1 for a forest
  double l2 = 1;      ///< lambda
  double min_child_weight = 1;
  double row_share = 1;          ///< subsample
  double column_share = 1;       ///< colsample_bytree
  double node_column_share = 1;  ///< colsample_bynode
  std::uint64_t seed = 1;
};

/// A sum of trees. Prediction agrees with XGBoost's own to single-precision rounding.
class Trees {
 public:
  /// Predicts 0 everywhere.
  Trees() = default;

  /// Least squares on `target`, rows weighted (empty: alike). One thread, histogram method: the same rows in
  /// the same order give the same trees. Fails: `failed` with XGBoost's own words; `bad_input` for values
  /// that are not finite.
  static Result<Trees> grow(const FloatTable& rows, std::span<const float> target,
                            std::span<const float> weight, const TreeOptions& options);

  /// One value per row. O(rows * trees * depth), a few nanoseconds per tree and row.
  std::vector<float> predict(const FloatTable& rows) const;

  std::size_t count() const { return roots_.size(); }

  nlohmann::json save() const;
  /// Fails: `bad_input` when the numbers do not describe trees over `columns` columns.
  static Result<Trees> load(const nlohmann::json& saved, std::size_t columns);

 private:
  friend class RankedTrees;
  /// A leaf points at itself and compares below infinity, so that walking on stays there.
  struct Node {
    float bound = 0;
    std::int32_t column = 0;
    std::int32_t low = 0;  ///< child when value < bound; the other child follows it
    float leaf = 0;
  };
  Status adopt(const nlohmann::json& model, std::size_t columns);
  Status check(std::size_t columns) const;
  void measure_depths();

  std::vector<Node> nodes_;
  std::vector<std::int32_t> roots_;
  std::vector<int> depths_;  ///< steps from root to deepest leaf
};

}  // namespace forecost::numeric
