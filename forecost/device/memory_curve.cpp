// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/memory_curve.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include <fmt/format.h>

namespace forecost::device {
namespace {

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double median_between(std::span<const CurvePoint> curve, double low, double high) {
  std::vector<double> inside;
  for (const auto& point : curve) {
    const auto size = static_cast<double>(point.working_set.value);
    if (size >= low && size <= high) inside.push_back(point.bandwidth);
  }
  return median_of(std::move(inside));
}

/// Where the falling curve crosses `bandwidth`, interpolated in log-log between the points around it.
Bytes crossing(std::span<const CurvePoint> curve, double bandwidth) {
  std::size_t last = 0;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    if (curve[i].bandwidth >= bandwidth) last = i;
  }
  if (last + 1 == curve.size()) return curve[last].working_set;
  const double above = curve[last].bandwidth / bandwidth, below = curve[last + 1].bandwidth / bandwidth;
  if (above <= 1) return curve[last].working_set;
  const double share = std::log(above) / (std::log(above) - std::log(below));
  const auto from = static_cast<double>(curve[last].working_set.value);
  const auto to = static_cast<double>(curve[last + 1].working_set.value);
  return Bytes(std::llround(from * std::pow(to / from, share)));
}

/// "48K" -> 49152.
Bytes cache_size(const std::string& text) {
  std::istringstream stream(text);
  std::int64_t number = 0;
  char unit = ' ';
  stream >> number >> unit;
  return Bytes(unit == 'K' ? number << 10 : unit == 'M' ? number << 20 : number);
}

}  // namespace

std::vector<Bytes> stated_caches(const System& system, int threads) {
  std::vector<Bytes> caches;
  for (int index = 0; index < 8; ++index) {
    const auto folder = fmt::format("/sys/devices/system/cpu/cpu0/cache/index{}/", index);
    const auto type = system.read_text(folder + "type"), size = system.read_text(folder + "size");
    if (!type || !size || type->starts_with("Instruction")) continue;
    const auto sharing = system.read_text(folder + "shared_cpu_list");
    const bool shared = sharing && sharing->find_first_of(",-") != std::string::npos;
    const auto capacity = cache_size(*size) * (shared ? 1 : threads);
    if (capacity.value > 0) caches.push_back(capacity);
  }
  std::sort(caches.begin(), caches.end());
  if (caches.empty()) caches = {Bytes(32 << 10) * threads, Bytes(512 << 10) * threads, Bytes(8 << 20)};
  return caches;
}

std::vector<MemoryLevel> levels_of(std::span<const CurvePoint> curve, std::span<const Bytes> stated) {
  std::vector<MemoryLevel> levels;
  if (curve.empty()) return levels;
  double nearer = 0;  // stated capacity of the level before
  for (const Bytes capacity : stated) {
    const auto own = static_cast<double>(capacity.value);
    const double high = nearer > 0 ? std::min(0.7 * own, 4 * nearer) : 0.7 * own;
    const double bandwidth = median_between(curve, 1.5 * nearer, high);
    nearer = own;
    if (bandwidth > 0) levels.push_back({fmt::format("L{}", levels.size() + 1), capacity, bandwidth});
  }
  const auto largest = curve.last(std::min<std::size_t>(3, curve.size()));
  std::vector<double> far;
  for (const auto& point : largest) far.push_back(point.bandwidth);
  levels.push_back({"DRAM", Bytes(0), median_of(std::move(far))});

  for (std::size_t i = 1; i < levels.size(); ++i) {
    levels[i].bandwidth = std::min(levels[i].bandwidth, levels[i - 1].bandwidth);
  }
  for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
    const double threshold = std::pow(levels[i].bandwidth, 0.8) * std::pow(levels[i + 1].bandwidth, 0.2);
    // Two levels that cannot be told apart keep the stated border.
    if (levels[i].bandwidth > 1.1 * levels[i + 1].bandwidth) levels[i].capacity = crossing(curve, threshold);
    if (i > 0) levels[i].capacity = std::max(levels[i].capacity, levels[i - 1].capacity);
  }
  return levels;
}

}  // namespace forecost::device
