// SPDX-License-Identifier: Apache-2.0
#include "drift.h"

#include <cstdlib>
#include <limits>
#include <map>
#include <optional>

#include "forecost/measurement/prior.h"
#include "forecost/network/writer.h"
#include "forecost/numeric/statistics.h"

namespace forecost::studies {
namespace {

/// "residual-17": the family and seed. Nothing for several copies of an operator.
std::optional<measurement::Draw> draw_of(const std::string& name) {
  const auto dash = name.rfind('-');
  if (dash == std::string::npos || name.find('x', dash) != std::string::npos) return std::nullopt;
  return measurement::Draw{.family = name.substr(0, dash),
                           .seed = std::strtoull(name.c_str() + dash + 1, nullptr, 10)};
}

std::int64_t macs_of(const measurement::Record& record) {
  std::int64_t sum = 0;
  for (const auto& kernel : record.kernels) sum += kernel.cost.macs.value;
  return sum;
}

std::optional<measurement::Item> rebuilt(const measurement::Record& record, const std::string& kind) {
  const auto draw = draw_of(record.name);
  if (!draw || record.evicted) return std::nullopt;
  auto network = measurement::build(*draw, std::numeric_limits<double>::infinity());
  if (!network) return std::nullopt;
  const auto layered = layer::infer(*network);
  if (!layered || layer::totals_of(*layered).macs.value != macs_of(record)) return std::nullopt;
  auto bytes = network::serialise(*network);
  if (!bytes) return std::nullopt;
  return measurement::Item{.name = record.name,
                           .kind = kind,
                           .group = record.group,
                           .bytes = std::move(*bytes),
                           .network = std::move(*network)};
}

}  // namespace

std::vector<measurement::Item> yardsticks(const std::vector<measurement::Record>& calibration,
                                          std::size_t count, const std::string& kind) {
  std::vector<measurement::Item> chosen;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = i * calibration.size() / count, end = (i + 1) * calibration.size() / count;
    for (std::size_t k = begin; k < end; ++k) {
      auto item = rebuilt(calibration[k], kind);
      if (!item) continue;
      chosen.push_back(std::move(*item));
      break;
    }
  }
  return chosen;
}

std::vector<double> drifts(const std::vector<measurement::Record>& calibration,
                           const std::vector<measurement::Record>& again) {
  std::map<std::string, double> then;
  for (const auto& record : calibration) then[record.name] = numeric::median(record.run_seconds);
  std::vector<double> ratios;
  for (const auto& record : again) {
    const auto found = then.find(record.name);
    if (found != then.end()) ratios.push_back(numeric::median(record.run_seconds) / found->second);
  }
  return ratios;
}

}  // namespace forecost::studies
