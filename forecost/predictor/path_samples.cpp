// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/path_samples.h"

#include <algorithm>
#include <cmath>

#include "forecost/numeric/statistics.h"
#include "forecost/predictor/distinct.h"

namespace forecost::predictor {

std::vector<Sample> samples_of(const measurement::Table& table) {
  std::vector<Sample> samples;
  std::vector<double> times;
  std::string last;
  std::vector<double> repeats;
  const auto close = [&] {
    if (!samples.empty() && !repeats.empty()) samples.back().time = numeric::median(repeats);
    repeats.clear();
  };
  for (const measurement::KernelRow& row : table.kernels) {
    if (!(row.time.value > 0) || !std::isfinite(row.time.value)) continue;
    std::string kind = identity_of(row.kernel);
    if (samples.empty() || kind != last || row.group != samples.back().group) {
      close();
      samples.push_back({.path = path_key(row.kernel),
                         .variant = variant_key(row.kernel),
                         .group = row.group,
                         .terms = terms_of(row.kernel, table.card),
                         .features = features_of(row.kernel, table.card),
                         .time = row.time.value,
                         .weight = 1});
      last = std::move(kind);
    }
    repeats.push_back(row.time.value);
  }
  close();
  if (samples.empty()) return samples;
  for (const Sample& sample : samples) times.push_back(sample.time);
  const bool foreign = std::all_of(table.kernels.begin(), table.kernels.end(), [](const auto& row) {
    return row.state == measurement::KernelState::imported;
  });
  if (foreign) return samples;
  const double middle = numeric::median(times);
  double sum = 0;
  for (Sample& sample : samples) {
    sample.weight = std::clamp(std::sqrt(sample.time / middle), 0.15, 8.0);
    sum += sample.weight;
  }
  for (Sample& sample : samples) sample.weight *= static_cast<double>(samples.size()) / sum;
  return samples;
}

}  // namespace forecost::predictor
