// SPDX-License-Identifier: Apache-2.0
#include "forecost/numeric/trees.h"

#include <algorithm>
#include <array>
#include <limits>

#include <nlohmann/json.hpp>

namespace forecost::numeric {

void FloatTable::append(std::span<const float> row) {
  if (columns == 0) columns = row.size();
  FORECOST_EXPECTS(row.size() == columns, "rows of one table are equally long");
  values.insert(values.end(), row.begin(), row.end());
}

// Rows advance together, level by level: their loads do not wait for each other.
std::vector<float> Trees::predict(const FloatTable& rows) const {
  constexpr std::size_t block = 16;
  std::vector<float> sums(rows.rows(), 0.0F);
  const Node* const nodes = nodes_.data();
  const std::size_t count = sums.size();
  for (std::size_t first = 0; first < count; first += block) {
    const std::size_t width = std::min(block, count - first);
    const float* const values = rows.values.data() + first * rows.columns;
    std::array<float, block> partial{};
    for (std::size_t tree = 0; tree < roots_.size(); ++tree) {
      std::array<std::int32_t, block> at;
      at.fill(roots_[tree]);
      for (int level = 0; level < depths_[tree]; ++level) {
        for (std::size_t i = 0; i < width; ++i) {
          const Node& node = nodes[at[i]];
          const float value = values[i * rows.columns + static_cast<std::size_t>(node.column)];
          at[i] = node.low + static_cast<std::int32_t>(!(value < node.bound));
        }
      }
      for (std::size_t i = 0; i < width; ++i) partial[i] += nodes[at[i]].leaf;
    }
    std::copy_n(partial.begin(), width, sums.begin() + static_cast<std::ptrdiff_t>(first));
  }
  return sums;
}

nlohmann::json Trees::save() const {
  nlohmann::json saved;
  auto& bounds = saved["bounds"] = nlohmann::json::array();
  auto& columns = saved["columns"] = nlohmann::json::array();
  auto& lows = saved["lows"] = nlohmann::json::array();
  for (const Node& node : nodes_) {
    const bool leaf = node.bound == std::numeric_limits<float>::infinity();
    bounds.push_back(leaf ? node.leaf : node.bound);
    columns.push_back(leaf ? -1 : node.column);
    lows.push_back(node.low);
  }
  saved["roots"] = roots_;
  return saved;
}

Result<Trees> Trees::load(const nlohmann::json& saved, std::size_t columns) {
  Trees trees;
  try {
    const auto bounds = saved.at("bounds").get<std::vector<float>>();
    const auto splits = saved.at("columns").get<std::vector<std::int32_t>>();
    const auto lows = saved.at("lows").get<std::vector<std::int32_t>>();
    trees.roots_ = saved.at("roots").get<std::vector<std::int32_t>>();
    if (bounds.size() != splits.size() || bounds.size() != lows.size()) {
      return Error{Fault::bad_input, "the trees' lists differ in length", "", "calibrate again"};
    }
    for (std::size_t i = 0; i < bounds.size(); ++i) {
      const bool leaf = splits[i] < 0;
      trees.nodes_.push_back({.bound = leaf ? std::numeric_limits<float>::infinity() : bounds[i],
                              .column = leaf ? 0 : splits[i],
                              .low = lows[i],
                              .leaf = leaf ? bounds[i] : 0.0F});
    }
  } catch (const nlohmann::json::exception& broken) {
    return Error{Fault::bad_input, "the saved trees are incomplete", broken.what(), "calibrate again"};
  }
  FORECOST_TRY([[maybe_unused]] const Done done, trees.check(columns));
  trees.measure_depths();
  return trees;
}

// Children lie behind their parent, so every walk ends.
Status Trees::check(std::size_t columns) const {
  const auto count = static_cast<std::int32_t>(nodes_.size());
  const Error broken{Fault::bad_input, "the saved trees point outside of themselves", "", "calibrate again"};
  for (std::int32_t root : roots_) {
    if (root < 0 || root >= count) return broken;
  }
  for (std::int32_t i = 0; i < count; ++i) {
    const Node& node = nodes_[static_cast<std::size_t>(i)];
    if (node.bound == std::numeric_limits<float>::infinity()) {
      if (node.low != i) return broken;
      continue;
    }
    if (node.low <= i || node.low + 1 >= count) return broken;
    if (static_cast<std::size_t>(node.column) >= columns) return broken;
  }
  return Done{};
}

void Trees::measure_depths() {
  depths_.clear();
  std::vector<int> below(nodes_.size(), 0);
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    const auto low = static_cast<std::size_t>(nodes_[i].low);
    if (low != i) below[i] = 1 + std::max(below[low], below[low + 1]);
  }
  for (std::int32_t root : roots_) depths_.push_back(below[static_cast<std::size_t>(root)]);
}

}  // namespace forecost::numeric
