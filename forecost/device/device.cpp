// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/device.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace forecost::device {

std::vector<std::string> Identity::differences(const Identity& other) const {
  std::vector<std::string> list;
  const auto compare = [&list](std::string_view what, const std::string& here, const std::string& there) {
    if (here != there) list.push_back(fmt::format("{}: {} here, {} there", what, here, there));
  };
  compare("processor", processor, other.processor);
  compare("cores", std::to_string(cores), std::to_string(other.cores));
  compare("instruction set", instruction_set, other.instruction_set);
  compare("runtime", runtime, other.runtime);
  compare("runtime version", runtime_version, other.runtime_version);
  if (runtime_version == other.runtime_version) compare("runtime build", runtime_build, other.runtime_build);
  compare("provider", provider, other.provider);
  compare("threads", std::to_string(settings.threads), std::to_string(other.settings.threads));
  compare("precision", settings.precision.empty() ? "as written" : settings.precision,
          other.settings.precision.empty() ? "as written" : other.settings.precision);
  // Which cores is no difference among equals; whether threads may wander is one.
  compare("pinning", settings.cores.empty() ? "free" : "pinned",
          other.settings.cores.empty() ? "free" : "pinned");
  return list;
}

double Card::bandwidth_for(Bytes working_set) const {
  if (memory.empty()) return 0;
  const double size = std::log(std::max<double>(1, static_cast<double>(working_set.value)));
  // A level's own bandwidth up to its capacity; from there to four times that (or to the next level's
  // capacity, if that is nearer) a straight line in log-log to the next level's.
  for (std::size_t i = 0; i + 1 < memory.size(); ++i) {
    const auto capacity = std::max<double>(1, static_cast<double>(memory[i].capacity.value));
    const auto beyond = static_cast<double>(memory[i + 1].capacity.value);
    const double edge = std::log(capacity);
    if (size <= edge) return memory[i].bandwidth;
    const double end = std::log(beyond > capacity ? std::min(4 * capacity, beyond) : 4 * capacity);
    if (size < end) {
      const double t = (size - edge) / (end - edge);
      return std::exp((1 - t) * std::log(memory[i].bandwidth) + t * std::log(memory[i + 1].bandwidth));
    }
  }
  return memory.back().bandwidth;
}

}  // namespace forecost::device
