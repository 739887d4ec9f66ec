// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/proc_text.h"

#include <cstdint>
#include <sstream>

namespace forecost::device {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

/// The text after "key<blanks>:" of the first such line.
std::optional<std::string_view> value_of(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && trimmed(line.substr(0, colon)) == key) {
      return trimmed(line.substr(colon + 1));
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return std::nullopt;
}

}  // namespace

std::optional<CpuTimes> cpu_times_of(std::string_view stat, double ticks_per_second) {
  std::istringstream line{std::string(stat.substr(0, stat.find('\n')))};
  std::string label;
  double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
  if (!(line >> label >> user >> nice >> system >> idle) || label != "cpu") return std::nullopt;
  line >> iowait >> irq >> softirq >> steal;  // absent in kernels before 2.6.11: they stay 0
  CpuTimes times;
  times.busy = (user + nice + system + irq + softirq) / ticks_per_second;
  times.steal = steal / ticks_per_second;
  times.idle = (idle + iowait) / ticks_per_second;
  return times;
}

std::optional<Bytes> kilobytes_field(std::string_view status, std::string_view field) {
  const auto value = value_of(status, field);
  if (!value) return std::nullopt;
  std::istringstream number{std::string(*value)};
  std::int64_t kilobytes = 0;
  std::string unit;
  if (!(number >> kilobytes >> unit) || unit != "kB") return std::nullopt;
  return Bytes(kilobytes * 1024);
}

std::optional<std::string> cpuinfo_field(std::string_view cpuinfo, std::string_view key) {
  const auto value = value_of(cpuinfo, key);
  return value ? std::optional<std::string>(*value) : std::nullopt;
}

}  // namespace forecost::device
