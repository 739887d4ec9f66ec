// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>

#include "forecost/measurement/store.h"
#include "forecost/numeric/nonnegative.h"
#include "forecost/numeric/statistics.h"

namespace forecost::measurement {
namespace {

/// One record, summed up.
struct Sums {
  double total = 0;    ///< minimum of the unprofiled runs
  double kernels = 0;  ///< sum of the kernels' profiled medians
  std::vector<double> medians;
};

std::optional<Sums> sums_of(const Record& record) {
  if (record.run_seconds.empty() || record.kernels.empty()) return std::nullopt;
  Sums sums{.total = *std::min_element(record.run_seconds.begin(), record.run_seconds.end())};
  for (const auto& samples : record.kernel_seconds) {
    if (samples.empty()) return std::nullopt;  // the profile does not match the graph
    sums.medians.push_back(numeric::median(samples));
    sums.kernels += sums.medians.back();
  }
  return sums;
}

/// Least squares of (total - kernels) / total on (1, nodes) / total with both coefficients >= 0.
void fit_overheads(const std::vector<Record>& records, device::Card& card) {
  std::vector<std::array<double, 3>> rows;
  for (const Record& record : records) {
    const auto sums = sums_of(record);
    if (!sums || record.evicted) continue;
    const double weight = 1 / sums->total;
    rows.push_back({weight, static_cast<double>(record.kernels.size()) * weight, (sums->total - sums->kernels) * weight});
  }
  if (rows.size() < 4) return;
  Eigen::MatrixXd a(static_cast<Eigen::Index>(rows.size()), 2);
  Eigen::VectorXd b(static_cast<Eigen::Index>(rows.size()));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    a(row, 0) = rows[i][0];
    a(row, 1) = rows[i][1];
    b(row) = rows[i][2];
  }
  const Eigen::VectorXd fitted = numeric::nonnegative_least_squares(a, b);
  card.run_overhead = Seconds(fitted(0));
  card.node_overhead = Seconds(fitted(1));
}

double spread_of(const std::vector<double>& samples) {
  return (numeric::quantile(samples, 0.9) - numeric::quantile(samples, 0.1)) / numeric::median(samples);
}

KernelRow row_of(const Record& record, std::size_t k, double median, double scale) {
  return {.kernel = record.kernels[k],
          .group = record.group,
          .time = Seconds(median * scale),
          .median = Seconds(median),
          .spread = spread_of(record.kernel_seconds[k]),
          .samples = static_cast<int>(record.kernel_seconds[k].size())};
}

/// Where one copy and several copies of a single kernel were both measured, the slope replaces the profile's word.
void apply_slopes(const std::vector<Record>& records, Table& table) {
  std::map<std::string, const Record*, std::less<>> by_name;
  for (const Record& record : records) by_name[record.name] = &record;
  for (const auto& [name, many] : by_name) {
    const auto cross = name.rfind('x');
    if (cross == std::string::npos) continue;
    const auto one = by_name.find(name.substr(0, cross));
    const int copies = std::atoi(name.c_str() + cross + 1);
    if (one == by_name.end() || copies < 2 || one->second->kernels.size() != 1 ||
        many->kernels.size() != static_cast<std::size_t>(copies)) {
      continue;
    }
    const auto few = sums_of(*one->second), all = sums_of(*many);
    if (!few || !all) continue;
    const double slope = (all->total - few->total) / (copies - 1) - table.card.node_overhead.value;
    if (slope <= 0.2 * few->medians[0]) continue;  // lost in noise
    for (auto& row : table.kernels) {
      if (row.group != many->group) continue;
      row.time = Seconds(slope);
      row.state = KernelState::slope;
    }
  }
}

}  // namespace

Table tabulate(const device::Card& card, const std::vector<Record>& records) {
  Table table{.card = card};
  fit_overheads(records, table.card);
  std::vector<double> over;
  for (const Record& record : records) {
    const auto sums = sums_of(record);
    if (!sums) continue;
    const double nodes = static_cast<double>(record.kernels.size());
    const double inside = sums->total - table.card.run_overhead.value - nodes * table.card.node_overhead.value;
    const double scale = std::clamp(inside / sums->kernels, 0.7, 1.3);
    NetworkRow network{.name = record.name,
                       .group = record.group,
                       .batch = record.batch,
                       .kernels = record.kernels,
                       .time = Seconds(sums->total),
                       .median = Seconds(numeric::median(record.run_seconds)),
                       .spread = spread_of(record.run_seconds),
                       .peak_memory = record.peak_memory};
    over.push_back(network.median / network.time);
    table.networks.push_back(std::move(network));
    for (std::size_t k = 0; k < record.kernels.size(); ++k) {
      table.kernels.push_back(row_of(record, k, sums->medians[k], scale));
    }
  }
  if (!over.empty()) table.card.median_over_minimum = std::max(1.0, numeric::median(over));
  apply_slopes(records, table);
  return table;
}

}  // namespace forecost::measurement
