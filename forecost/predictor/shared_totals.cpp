// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/shared_totals.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/outcome/nearest.h"

namespace forecost::predictor {
namespace {

constexpr double ninety_per_cent = 1.6448536269514722;

Result<std::size_t> column_of(const record::CsvTable& csv, const std::string& name) {
  if (const auto found = csv.find(name)) return *found;
  return Error{Fault::bad_input, fmt::format("there is no column '{}'", name), csv.place(0),
               did_you_mean(name, csv.columns())};
}

std::optional<double> positive(const std::string& text) {
  double number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(number) || number <= 0) return std::nullopt;
  return number;
}

}  // namespace

Result<DeviceTotals> read_totals(const record::CsvTable& csv, const TotalColumns& columns) {
  std::vector<std::size_t> device_columns;
  for (const std::string& name : columns.device) {
    FORECOST_TRY(const std::size_t column, column_of(csv, name));
    device_columns.push_back(column);
  }
  FORECOST_TRY(const std::size_t network, column_of(csv, columns.network));
  FORECOST_TRY(const std::size_t time, column_of(csv, columns.time));
  DeviceTotals devices;
  for (std::size_t row = 0; row < csv.rows(); ++row) {
    const auto ms = positive(csv.cell(row, time));
    if (!ms) {
      return Error{Fault::bad_input, fmt::format("'{}' is no positive number", csv.cell(row, time)),
                   csv.place(row, time), "times are milliseconds; leave out what was not measured"};
    }
    std::vector<std::string> names;
    for (std::size_t column : device_columns) names.push_back(csv.cell(row, column));
    const Seconds seconds = from_milliseconds(*ms);
    const auto [entry, fresh] =
        devices[fmt::format("{}", fmt::join(names, " | "))].emplace(csv.cell(row, network), seconds);
    if (!fresh) entry->second = std::min(entry->second, seconds);
  }
  return devices;
}

Result<SharedTotals> SharedTotals::fit(const DeviceTotals& devices) {
  SharedTotals totals;
  std::map<std::string, std::size_t> counts;
  for (const auto& device : devices) {
    for (const auto& network : device.second) ++counts[network.first];
  }
  const std::size_t least = std::max<std::size_t>(3, (devices.size() + 4) / 5);
  for (const auto& [network, count] : counts) {
    if (count >= least) totals.networks_.push_back(network);
  }
  if (devices.size() < 5 || totals.networks_.size() < 2) {
    return Error{Fault::bad_input,
                 fmt::format("{} devices and {} networks that enough of them ran are too few to learn from",
                             devices.size(), totals.networks_.size()),
                 "", "at least five devices with two networks in common are needed"};
  }
  Eigen::MatrixXd rows = Eigen::MatrixXd::Constant(static_cast<Eigen::Index>(devices.size()),
                                                   static_cast<Eigen::Index>(totals.networks_.size()),
                                                   std::numeric_limits<double>::quiet_NaN());
  Eigen::Index row = 0;
  for (const auto& device : devices) {
    for (std::size_t j = 0; j < totals.networks_.size(); ++j) {
      const auto found = device.second.find(totals.networks_[j]);
      if (found != device.second.end())
        rows(row, static_cast<Eigen::Index>(j)) = std::log(found->second.value);
    }
    ++row;
  }
  totals.normal_ = numeric::IncompleteNormal::fit(rows);
  return totals;
}

std::vector<NetworkTotal> SharedTotals::forecast(const TotalTimes& measured) const {
  std::vector<int> columns;
  std::vector<double> logs;
  for (std::size_t j = 0; j < networks_.size(); ++j) {
    const auto found = measured.find(networks_[j]);
    if (found == measured.end() || !(found->second.value > 0)) continue;
    columns.push_back(static_cast<int>(j));
    logs.push_back(std::log(found->second.value));
  }
  const numeric::Belief belief = normal_.given(
      columns, Eigen::Map<const Eigen::VectorXd>(logs.data(), static_cast<Eigen::Index>(logs.size())));
  std::vector<NetworkTotal> forecasts;
  for (std::size_t j = 0; j < networks_.size(); ++j) {
    const auto i = static_cast<Eigen::Index>(j);
    const double time = std::exp(belief.mean(i));
    const double width = std::exp(ninety_per_cent * belief.deviation(i));
    forecasts.push_back({.network = networks_[j],
                         .time = Seconds(time),
                         .low = Seconds(time / width),
                         .high = Seconds(time * width)});
  }
  return forecasts;
}

std::vector<std::string> SharedTotals::most_telling(int count, std::span<const std::string> offered) const {
  std::vector<int> columns;
  for (std::size_t j = 0; j < networks_.size(); ++j) {
    if (offered.empty() || std::find(offered.begin(), offered.end(), networks_[j]) != offered.end())
      columns.push_back(static_cast<int>(j));
  }
  std::vector<std::string> names;
  for (int column : normal_.most_telling(count, columns))
    names.push_back(networks_[static_cast<std::size_t>(column)]);
  return names;
}

}  // namespace forecost::predictor
