// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/table.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>

#include "forecost/measurement/store.h"
#include "forecost/measurement/total_split.h"
#include "forecost/numeric/statistics.h"

namespace forecost::measurement {
namespace {

/// One record, summed up.
struct Sums {
  double total = 0;    ///< minimum of the unprofiled runs
  double kernels = 0;  ///< sum of the kernels' profiled times
  std::vector<double> medians;
};

/// Mean of the samples between the 10 % and the 60 % quantile: as robust as the median, and finer than the
/// profiler's microsecond.
double midmean(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  const std::size_t begin = samples.size() / 10, end = std::max(begin + 1, samples.size() * 6 / 10);
  double sum = 0;
  for (std::size_t i = begin; i < end; ++i) sum += samples[i];
  return sum / static_cast<double>(end - begin);
}

std::optional<Sums> sums_of(const Record& record, const TotalSplit& split) {
  if (record.run_seconds.empty() || record.kernels.empty()) return std::nullopt;
  Sums sums{.total = *std::min_element(record.run_seconds.begin(), record.run_seconds.end())};
  if (tells_only_total(record)) {
    sums.medians = split.times(record, sums.total);
    sums.kernels = sums.total;
    return sums;
  }
  for (const auto& samples : record.kernel_seconds) {
    if (samples.empty()) return std::nullopt;  // the profile does not match the graph
    sums.medians.push_back(midmean(samples));
    sums.kernels += sums.medians.back();
  }
  return sums;
}

/// What the profile leaves out of or adds to a node, and what a run costs beside its nodes.
struct Overheads {
  double run = 0;
  double node = 0;  ///< may be negative: the profiler itself costs time
};

/// total - kernels = run + nodes x node, weighted by 1 / total, run >= 0; Huber reweighting, since a
/// disturbed profile is far off.
Overheads fit_overheads(const std::vector<Record>& records, const TotalSplit& split) {
  struct Row {
    double nodes, difference, weight;
  };
  std::vector<Row> rows;
  for (const Record& record : records) {
    if (tells_only_total(record)) continue;
    const auto sums = sums_of(record, split);
    if (!sums || record.evicted) continue;
    rows.push_back(
        {static_cast<double>(record.kernels.size()), sums->total - sums->kernels, 1 / sums->total});
  }
  Overheads fitted;
  if (rows.size() < 4) return fitted;
  std::vector<double> doubt(rows.size(), 1.0);
  for (int round = 0; round < 12; ++round) {
    double w = 0, wn = 0, wnn = 0, wd = 0, wnd = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double weight = rows[i].weight * rows[i].weight * doubt[i];
      w += weight;
      wn += weight * rows[i].nodes;
      wnn += weight * rows[i].nodes * rows[i].nodes;
      wd += weight * rows[i].difference;
      wnd += weight * rows[i].nodes * rows[i].difference;
    }
    const double determinant = w * wnn - wn * wn;
    fitted.run = determinant > 0 ? std::max(0.0, (wd * wnn - wnd * wn) / determinant) : 0.0;
    fitted.node = (wnd - fitted.run * wn) / wnn;
    std::vector<double> residuals;
    for (const Row& row : rows)
      residuals.push_back((row.difference - fitted.run - row.nodes * fitted.node) * row.weight);
    const double bound = 1.345 * std::max(1e-3, numeric::robust_deviation(residuals));
    for (std::size_t i = 0; i < rows.size(); ++i) doubt[i] = std::min(1.0, bound / std::abs(residuals[i]));
  }
  return fitted;
}

double spread_of(const std::vector<double>& samples) {
  return (numeric::quantile(samples, 0.9) - numeric::quantile(samples, 0.1)) / numeric::median(samples);
}

KernelRow row_of(const Record& record, std::size_t k, double median, double scale) {
  const bool split = tells_only_total(record);
  const std::vector<double>& samples = split ? record.run_seconds : record.kernel_seconds[k];
  return {.kernel = record.kernels[k],
          .group = record.group,
          .time = Seconds(median * scale),
          .median = Seconds(median),
          .spread = spread_of(samples),
          .samples = static_cast<int>(samples.size()),
          .state = split ? KernelState::split : KernelState::in_network};
}

/// Imported kernels stand for themselves: nothing is scaled.
void append_imported(const Record& record, Table& table) {
  for (std::size_t k = 0; k < record.kernels.size(); ++k) {
    const std::vector<double>& samples = record.kernel_seconds[k];
    if (samples.empty()) continue;
    const double time = numeric::median(samples);
    table.kernels.push_back({.kernel = record.kernels[k],
                             .group = record.origins[k].group,
                             .time = Seconds(time),
                             .median = Seconds(time),
                             .spread = time > 0 ? spread_of(samples) : 0.0,
                             .samples = static_cast<int>(samples.size()),
                             .state = KernelState::imported,
                             .energy = record.origins[k].energy,
                             .cells = record.origins[k].cells});
  }
}

/// Where one copy and several copies of a single kernel were both measured, the slope replaces the profile's
/// word.
void apply_slopes(const std::vector<Record>& records, const TotalSplit& split, Table& table) {
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
    const auto few = sums_of(*one->second, split), all = sums_of(*many, split);
    if (!few || !all) continue;
    const double slope = (all->total - few->total) / (copies - 1) * table.card.median_over_minimum;
    if (slope <= 0) continue;  // lost in noise
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
  const TotalSplit split(card, records);
  const Overheads overheads = fit_overheads(records, split);
  table.card.run_overhead = Seconds(overheads.run);
  std::vector<double> over, times;
  for (const Record& record : records) {
    if (const auto sums = sums_of(record, split))
      over.push_back(numeric::median(record.run_seconds) / sums->total);
  }
  constexpr double most_typical = 1.05;  // beyond that the machine was busy, which is not typical
  const double typical = over.empty() ? 1.0 : std::clamp(numeric::quantile(over, 0.25), 1.0, most_typical);
  table.card.median_over_minimum = typical;
  for (const Record& record : records) {
    if (!record.origins.empty()) append_imported(record, table);
    auto sums = sums_of(record, split);
    if (!sums) continue;
    double inside = 0;
    const double node = tells_only_total(record) ? 0 : overheads.node;
    for (double& median : sums->medians) inside += median = std::max(median + node, 0.2 * median);
    const double scale = typical * std::clamp((sums->total - overheads.run) / inside, 0.6, 1.5);
    NetworkRow network{.name = record.name,
                       .group = record.group,
                       .batch = record.batch,
                       .kernels = record.kernels,
                       .time = Seconds(sums->total * typical),
                       .median = Seconds(numeric::median(record.run_seconds)),
                       .spread = spread_of(record.run_seconds),
                       .peak_memory = record.peak_memory};
    table.networks.push_back(std::move(network));
    for (std::size_t k = 0; k < record.kernels.size(); ++k) {
      table.kernels.push_back(row_of(record, k, sums->medians[k], scale));
      times.push_back(table.kernels.back().time.value);
    }
  }
  if (!times.empty()) table.card.node_overhead = Seconds(numeric::quantile(times, 0.01));
  apply_slopes(records, split, table);
  return table;
}

}  // namespace forecost::measurement
