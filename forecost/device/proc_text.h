// SPDX-License-Identifier: Apache-2.0
/// What Linux's /proc files say, as text; see proc(5). Pure, so that a fake System can feed it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "forecost/device/system.h"
#include "forecost/quantity/quantity.h"

namespace forecost::device {

/// The "cpu" line of /proc/stat: user nice system idle iowait irq softirq steal, in ticks. Empty when it is
/// malformed.
std::optional<CpuTimes> cpu_times_of(std::string_view stat, double ticks_per_second);

/// "VmHWM:   123 kB" of /proc/self/status.
std::optional<Bytes> kilobytes_field(std::string_view status, std::string_view field);

/// The first "key : value" of /proc/cpuinfo; the key's trailing blanks are ignored.
std::optional<std::string> cpuinfo_field(std::string_view cpuinfo, std::string_view key);

}  // namespace forecost::device
