// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/memory_model.h"

#include <array>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "forecost/numeric/nonnegative.h"

namespace forecost::measurement {
namespace {

constexpr std::array<std::string_view, 3> kinds{"convolution", "matrix", "other"};
constexpr std::size_t fewest_samples = 4;

double number(Bytes bytes) {
  return static_cast<double>(bytes.value);
}

double factor(const std::map<std::string, double, std::less<>>& factors, std::string_view name,
              double otherwise) {
  const auto found = factors.find(name);
  return found == factors.end() ? otherwise : found->second;
}

double weights_of(const MemoryUse& use, std::string_view kind) {
  const auto found = use.weights.find(kind);
  return found == use.weights.end() ? 0 : number(found->second);
}

double all_weights(const MemoryUse& use) {
  double sum = 0;
  for (const std::string_view kind : kinds) sum += weights_of(use, kind);
  return sum;
}

/// Rows and the value each should come to; errors count relative to `scale`.
class Rows {
 public:
  void add(const std::vector<double>& terms, double value, double scale) {
    for (const double term : terms) terms_.push_back(term / scale);
    values_.push_back(value / scale);
  }

  /// A column that is 0 everywhere comes back as 0.
  std::vector<double> fit() const {
    const auto rows = static_cast<Eigen::Index>(values_.size());
    const Eigen::Index columns = static_cast<Eigen::Index>(terms_.size()) / std::max<Eigen::Index>(1, rows);
    using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const Eigen::MatrixXd a = Eigen::Map<const RowMajor>(terms_.data(), rows, columns);
    const Eigen::VectorXd b = Eigen::Map<const Eigen::VectorXd>(values_.data(), rows);
    const Eigen::VectorXd x = numeric::robust_nonnegative_fit(a, b, Eigen::VectorXd::Ones(rows));
    return {x.data(), x.data() + x.size()};
  }

  bool has(std::size_t column, std::size_t columns) const {
    double sum = 0;
    for (std::size_t i = column; i < terms_.size(); i += columns) sum += terms_[i];
    return sum > 0;
  }

 private:
  std::vector<double> terms_, values_;
};

/// From what was held between loading and running.
void fit_loaded(std::span<const MemorySample> samples, device::MemoryModel& model) {
  constexpr std::size_t columns = 2 + kinds.size();
  Rows rows;
  for (const MemorySample& sample : samples) {
    std::vector<double> terms{1};
    for (const std::string_view kind : kinds) terms.push_back(weights_of(sample.use, kind));
    terms.push_back(static_cast<double>(sample.use.nodes));
    rows.add(terms, number(sample.measured.loaded - sample.use.inputs), number(sample.measured.loaded));
  }
  const std::vector<double> x = rows.fit();
  model.base = Bytes(std::llround(x[0]));
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    model.kept[std::string(kinds[k])] = rows.has(1 + k, columns) ? x[1 + k] : 1;
  }
  model.per_node = Bytes(std::llround(x.back()));
}

void fit_activations(std::span<const MemorySample> samples, device::MemoryModel& model) {
  Rows rows;
  for (const MemorySample& sample : samples) {
    rows.add({number(sample.use.resident)}, number(sample.measured.running - sample.measured.loaded),
             number(sample.measured.running));
  }
  if (rows.has(0, 1)) model.activations = rows.fit().front();
}

bool largest_binds(const MemoryUse& use, const device::MemoryModel& model) {
  return factor(model.loading, "largest", 0) * number(use.largest) >=
         factor(model.loading, "convolution", 0) * weights_of(use, "convolution");
}

void fit_sides(std::span<const MemorySample> samples, const std::vector<bool>& largest,
               device::MemoryModel& model) {
  Rows rows;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const MemoryUse& use = samples[i].use;
    const Bytes peak = samples[i].measured.loading;
    rows.add({largest[i] ? 0 : weights_of(use, "convolution"), largest[i] ? number(use.largest) : 0,
              number(use.largest_convolution)},
             number(peak - model.base) - all_weights(use), number(peak));
  }
  const std::vector<double> x = rows.fit();
  model.loading = {{"convolution", x[0]}, {"largest", x[1]}, {"largest_convolution", x[2]}};
}

void fit_loading(std::span<const MemorySample> samples, device::MemoryModel& model) {
  model.loading = {{"convolution", 1}, {"largest", 1}};
  std::vector<bool> largest;
  constexpr int most_turns = 10;
  for (int turn = 0; turn < most_turns; ++turn) {
    std::vector<bool> now;
    for (const MemorySample& sample : samples) now.push_back(largest_binds(sample.use, model));
    if (now == largest) break;
    largest = std::move(now);
    fit_sides(samples, largest, model);
  }
}

device::MemoryModel fit(std::span<const MemorySample> samples) {
  device::MemoryModel model;
  fit_loaded(samples, model);
  fit_activations(samples, model);
  fit_loading(samples, model);
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
    ++use.nodes;
    for (const std::string& name : layer.inputs) {
      const layer::TensorFact* fact = name.empty() ? nullptr : lowered.graph.tensor(name);
      const std::string_view kind = weight_kind(layer);
      if (fact == nullptr || !fact->constant || !counted.insert({name, kind}).second) continue;
      use.weights[std::string(kind)] += fact->bytes();
      use.largest = std::max(use.largest, fact->bytes());
      if (kind == "convolution") use.largest_convolution = std::max(use.largest_convolution, fact->bytes());
    }
  }
  for (const auto& input : lowered.graph.network.graph.inputs) {
    const layer::TensorFact* fact = lowered.graph.tensor(input.name);
    if (fact != nullptr && !fact->constant) use.inputs += fact->bytes();
  }
  for (const layer::Kernel& kernel : lowered.kernels)
    use.workspace = std::max(use.workspace, kernel.workspace);
  use.resident = layer::resident_activations(lowered);
  return use;
}

PeakMemory peak_of(const MemoryUse& use, const device::MemoryModel& model) {
  double loaded = number(model.base + use.inputs) + number(model.per_node) * static_cast<double>(use.nodes);
  for (const std::string_view kind : kinds) loaded += factor(model.kept, kind, 1) * weights_of(use, kind);
  const double loading = number(model.base) + all_weights(use) +
                         std::max(factor(model.loading, "convolution", 0) * weights_of(use, "convolution"),
                                  factor(model.loading, "largest", 0) * number(use.largest)) +
                         factor(model.loading, "largest_convolution", 0) * number(use.largest_convolution);
  return {.loading = Bytes(std::llround(std::max(loading, loaded))),
          .loaded = Bytes(std::llround(loaded)),
          .running = Bytes(std::llround(loaded + model.activations * number(use.resident)))};
}

device::MemoryModel fit_memory_model(std::span<const MemorySample> samples) {
  if (samples.size() < fewest_samples) return {};
  device::MemoryModel model = fit(samples);
  double sum = 0;
  for (std::size_t left_out = 0; left_out < samples.size(); ++left_out) {
    std::vector<MemorySample> others(samples.begin(), samples.end());
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(left_out));
    const MemorySample& sample = samples[left_out];
    sum += std::abs(number(peak_of(sample.use, fit(others)).peak()) / number(sample.measured.peak()) - 1);
  }
  model.relative_error = sum / static_cast<double>(samples.size());
  return model;
}

}  // namespace forecost::measurement
