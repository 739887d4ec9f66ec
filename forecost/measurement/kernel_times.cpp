// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/kernel_times.h"

#include <map>
#include <string>

namespace forecost::measurement {

std::vector<std::vector<double>> kernel_times(const std::vector<layer::Kernel>& kernels,
                                              const std::vector<std::vector<device::NodeTime>>& runs,
                                              std::size_t skip) {
  std::map<std::string, std::vector<std::size_t>, std::less<>> by_name;
  for (std::size_t k = 0; k < kernels.size(); ++k) by_name[kernels[k].name].push_back(k);
  std::vector<std::vector<double>> seconds(kernels.size());
  for (std::size_t r = skip; r < runs.size(); ++r) {
    std::map<std::string, std::size_t, std::less<>> seen;
    std::map<std::string, std::vector<double>, std::less<>> left;
    std::vector<char> served(kernels.size(), 0);
    for (const auto& event : runs[r]) {
      const auto found = by_name.find(event.node);
      const std::size_t occurrence = found == by_name.end() ? 0 : seen[event.node]++;
      if (found != by_name.end() && occurrence < found->second.size()) {
        seconds[found->second[occurrence]].push_back(event.time.value);
        served[found->second[occurrence]] = 1;
      } else {
        left[event.op].push_back(event.time.value);
      }
    }
    std::map<std::string, std::size_t, std::less<>> taken;
    for (std::size_t k = 0; k < kernels.size(); ++k) {
      const auto found = served[k] ? left.end() : left.find(kernels[k].op);
      if (found == left.end()) continue;
      const std::size_t next = taken[kernels[k].op]++;
      if (next < found->second.size()) seconds[k].push_back(found->second[next]);
    }
  }
  return seconds;
}

void note_eviction(layer::Kernel& kernel, Bytes evicted) {
  if (evicted.value <= 0) return;
  if (kernel.input_age >= kernel.footprint) kernel.input_age += evicted;
  kernel.footprint += evicted;
}

}  // namespace forecost::measurement
