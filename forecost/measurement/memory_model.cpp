// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/memory_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "forecost/layer/memory.h"
#include "forecost/numeric/nonnegative.h"

namespace forecost::measurement {
namespace {

constexpr std::string_view largest_convolution = "largest_convolution";
constexpr std::array<std::string_view, 4> kinds{"convolution", "matrix", "other", largest_convolution};
constexpr Bytes most_of_largest{8 << 20};  // beyond it the heap gives memory back; found on 41 real networks
constexpr std::size_t fewest_samples = 4;

double number(Bytes bytes) {
  return static_cast<double>(bytes.value);
}

double copies_unfitted(std::string_view kind) {
  return kind == largest_convolution ? 0 : 1;
}

double activations_of(const MemoryUse& use) {
  return number(use.plan + use.workspace);
}

bool binds_loading(const MemoryUse& use, const device::MemoryModel& model) {
  return model.loading * number(use.largest) > model.activations * activations_of(use);
}

/// Columns: base, the kinds, loading, activations.
device::MemoryModel fit_sides(std::span<const MemorySample> samples, const std::vector<bool>& loading) {
  const auto rows = static_cast<Eigen::Index>(samples.size());
  constexpr Eigen::Index columns = 3 + static_cast<Eigen::Index>(kinds.size());
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(rows, columns);
  Eigen::VectorXd b(rows);
  for (Eigen::Index i = 0; i < rows; ++i) {
    const MemorySample& sample = samples[static_cast<std::size_t>(i)];
    a(i, 0) = 1;
    for (std::size_t k = 0; k < kinds.size(); ++k) {
      const auto found = sample.use.weights.find(kinds[k]);
      if (found != sample.use.weights.end()) a(i, 1 + static_cast<Eigen::Index>(k)) = number(found->second);
    }
    if (loading[static_cast<std::size_t>(i)]) {
      a(i, columns - 2) = number(sample.use.largest);
    } else {
      a(i, columns - 1) = activations_of(sample.use);
    }
    b(i) = number(sample.peak);
  }
  const Eigen::VectorXd x = numeric::relative_nonnegative_fit(a, b, Eigen::VectorXd::Ones(rows));
  device::MemoryModel model;
  model.base = Bytes(std::llround(x(0)));
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    const auto column = 1 + static_cast<Eigen::Index>(k);
    model.copies[std::string(kinds[k])] = a.col(column).sum() > 0 ? x(column) : copies_unfitted(kinds[k]);
  }
  model.loading = x(columns - 2);
  model.activations = a.col(columns - 1).sum() > 0 ? x(columns - 1) : 1;
  return model;
}

device::MemoryModel fit(std::span<const MemorySample> samples) {
  device::MemoryModel start;
  start.loading = 1;
  std::vector<bool> loading;
  for (const MemorySample& sample : samples) loading.push_back(binds_loading(sample.use, start));
  device::MemoryModel model;
  constexpr int most_turns = 10;
  for (int turn = 0; turn < most_turns; ++turn) {
    model = fit_sides(samples, loading);
    std::vector<bool> now;
    for (const MemorySample& sample : samples) now.push_back(binds_loading(sample.use, model));
    if (now == loading) break;
    loading = std::move(now);
  }
  return model;
}

}  // namespace

std::string_view weight_kind(const layer::Layer& layer) {
  if (layer.op.find("Conv") != std::string::npos || layer.domain.find("nchwc") != std::string::npos) {
    return "convolution";
  }
  return layer.cost.macs.value > 0 ? "matrix" : "other";
}

MemoryUse memory_use(const layer::LoweredNetwork& lowered) {
  MemoryUse use;
  std::set<std::pair<std::string_view, std::string_view>> counted;  // tied weights are packed and looked up
  for (const layer::Layer& layer : lowered.graph.layers) {
    if (layer.folded) continue;
    for (const std::string& name : layer.inputs) {
      const layer::TensorFact* fact = name.empty() ? nullptr : lowered.graph.tensor(name);
      const std::string_view kind = weight_kind(layer);
      if (fact == nullptr || !fact->constant || !counted.insert({name, kind}).second) continue;
      use.weights[std::string(kind)] += fact->bytes();
      use.largest = std::max(use.largest, fact->bytes());
      if (kind != "convolution") continue;
      Bytes& largest = use.weights[std::string(largest_convolution)];
      largest = std::max(largest, std::min(fact->bytes(), most_of_largest));
    }
  }
  for (const layer::Kernel& kernel : lowered.kernels)
    use.workspace = std::max(use.workspace, kernel.workspace);
  use.plan = layer::plan_memory(lowered.graph).peak;
  return use;
}

Bytes peak_of(const MemoryUse& use, const device::MemoryModel& model) {
  double sum = number(model.base);
  for (const auto& [kind, bytes] : use.weights) {
    const auto copies = model.copies.find(kind);
    sum += number(bytes) * (copies == model.copies.end() ? copies_unfitted(kind) : copies->second);
  }
  sum += std::max(model.loading * number(use.largest), model.activations * activations_of(use));
  return Bytes(std::llround(sum));
}

device::MemoryModel fit_memory_model(std::span<const MemorySample> samples) {
  if (samples.size() < fewest_samples) return {};
  device::MemoryModel model = fit(samples);
  double sum = 0;
  for (std::size_t left_out = 0; left_out < samples.size(); ++left_out) {
    std::vector<MemorySample> others(samples.begin(), samples.end());
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(left_out));
    const MemorySample& sample = samples[left_out];
    sum += std::abs(number(peak_of(sample.use, fit(others))) / number(sample.peak) - 1);
  }
  model.relative_error = sum / static_cast<double>(samples.size());
  return model;
}

}  // namespace forecost::measurement
