// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/folds.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "forecost/numeric/random.h"
#include "forecost/predictor/distinct.h"

namespace forecost::predictor {

Folds deal(std::span<const std::string> groups, int folds, std::uint64_t seed) {
  FORECOST_EXPECTS(folds >= 1, "at least one fold");
  const std::set<std::string> names(groups.begin(), groups.end());
  std::vector<std::string> order(names.begin(), names.end());
  numeric::Random(seed).shuffle(order);
  Folds dealt;
  for (std::size_t i = 0; i < order.size(); ++i) {
    dealt.emplace(std::move(order[i]), static_cast<int>(i % static_cast<std::size_t>(folds)));
  }
  return dealt;
}

std::vector<std::string> groups_of(const measurement::Table& table) {
  std::set<std::string> names;
  for (const auto& row : table.kernels) names.insert(row.group);
  for (const auto& row : table.networks) names.insert(row.group);
  return {names.begin(), names.end()};
}

Split split(const measurement::Table& table, const Folds& folds, int fold) {
  Split result{{.card = table.card, .kernels = {}, .networks = {}},
               {.card = table.card, .kernels = {}, .networks = {}}};
  for (const auto& row : table.kernels) {
    (folds.at(row.group) == fold ? result.held_out : result.training).kernels.push_back(row);
  }
  for (const auto& row : table.networks) {
    (folds.at(row.group) == fold ? result.held_out : result.training).networks.push_back(row);
  }
  return result;
}

namespace {

/// Sorts by precomputed keys: building a key is dearer than comparing two.
template <typename Row, typename Key>
std::vector<Row> sorted(std::vector<Row> rows, Key key) {
  using Entry = std::pair<decltype(key(rows.front())), std::size_t>;
  std::vector<Entry> order;
  order.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) order.emplace_back(key(rows[i]), i);
  std::sort(order.begin(), order.end());
  std::vector<Row> result;
  result.reserve(rows.size());
  for (const Entry& entry : order) result.push_back(std::move(rows[entry.second]));
  return result;
}

}  // namespace

measurement::Table canonical(measurement::Table table) {
  table.kernels = sorted(std::move(table.kernels), [](const measurement::KernelRow& row) {
    return std::tuple(identity_of(row.kernel), row.group, row.time.value, row.median.value, row.kernel.name);
  });
  table.networks = sorted(std::move(table.networks), [](const measurement::NetworkRow& row) {
    return std::tuple(row.name, row.group, row.batch, row.time.value, row.kernels.size());
  });
  return table;
}

}  // namespace forecost::predictor
