// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/memory_model.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "forecost/measurement/memory_probe.h"
#include "forecost/network/builder.h"

namespace forecost::measurement {
namespace {

constexpr std::int64_t mib = 1 << 20;

MemoryUse use_of(std::int64_t convolution, std::int64_t matrix, std::int64_t largest, std::int64_t resident) {
  MemoryUse use;
  use.weights["convolution"] = Bytes(convolution * mib);
  use.weights["matrix"] = Bytes(matrix * mib);
  use.largest = Bytes(largest * mib);
  use.largest_convolution = Bytes(std::min(convolution, 3 + resident % 5) * mib);
  use.resident = Bytes(resident * mib);
  use.inputs = Bytes(mib);
  use.nodes = 10 + 3 * convolution + resident;
  return use;
}

device::MemoryModel truth() {
  device::MemoryModel model;
  model.base = Bytes(30 * mib);
  model.loading = {{"convolution", 1.0}, {"largest", 0.75}, {"largest_convolution", 2.0}};
  model.kept = {{"convolution", 1.0}, {"matrix", 1.25}};
  model.per_node = Bytes(mib / 64);
  model.activations = 1.125;
  return model;
}

std::vector<MemorySample> samples() {
  std::vector<MemorySample> list;
  for (const MemoryUse& use :
       {use_of(0, 1, 1, 1), use_of(20, 4, 4, 2), use_of(40, 2, 9, 6), use_of(4, 60, 30, 1),
        use_of(8, 200, 120, 4), use_of(4, 2, 1, 50), use_of(8, 4, 2, 20), use_of(60, 8, 8, 30),
        use_of(0, 90, 10, 2), use_of(4, 0, 1, 90)}) {
    list.push_back({use, peak_of(use, truth())});
  }
  return list;
}

layer::LoweredNetwork lowered(network::Network network) {
  const auto layered = layer::infer(std::move(network)).value();
  return layer::lower(layered, *layer::find_runtime("onnxruntime")).value();
}

TEST(MemoryModel, LoadingHoldsConvolutionsAsReadAndReordered) {
  const PeakMemory peak = peak_of(use_of(40, 4, 10, 8), truth());
  EXPECT_EQ(peak.loading.value, (30 + 44 + 40 + 2 * 6) * mib);
  EXPECT_EQ(peak.peak(), peak.loading);
}

TEST(MemoryModel, LoadingHoldsTheLargestTensorTwice) {
  EXPECT_EQ(peak_of(use_of(0, 100, 80, 8), truth()).loading.value, (30 + 100 + 60) * mib);
}

TEST(MemoryModel, RunningAddsInputsNodesAndActivations) {
  const PeakMemory peak = peak_of(use_of(4, 8, 1, 80), truth());
  const std::int64_t nodes = 10 + 3 * 4 + 80;
  EXPECT_EQ(peak.loaded.value, (30 + 1 + 4 + 10) * mib + nodes * mib / 64);
  EXPECT_EQ((peak.running - peak.loaded).value, 90 * mib);
  EXPECT_EQ(peak.peak(), peak.running);
}

TEST(MemoryModel, WithoutAFitEveryWeightCountsOnce) {
  EXPECT_EQ(peak_of(use_of(8, 4, 4, 8), {}).running.value, (1 + 12 + 8) * mib);
  EXPECT_EQ(peak_of(use_of(8, 4, 4, 8), {}).loading.value, (1 + 12) * mib);
}

TEST(MemoryModel, AFitRecoversTheFormulaThatMadeItsSamples) {
  const device::MemoryModel model = fit_memory_model(samples());
  for (const MemorySample& sample : samples()) {
    EXPECT_NEAR(peak_of(sample.use, model).peak() / sample.measured.peak(), 1, 0.01);  // without noise
  }
  EXPECT_NEAR(model.loading.at("convolution"), 1, 0.1);
  EXPECT_NEAR(model.loading.at("largest_convolution"), 2, 0.2);
  EXPECT_NEAR(model.kept.at("matrix"), 1.25, 0.05);
  EXPECT_NEAR(model.activations, 1.125, 0.05);
  EXPECT_LT(model.relative_error, 0.05);
}

TEST(MemoryModel, AKindThatWasNotMeasuredIsKeptOnce) {
  EXPECT_EQ(fit_memory_model(samples()).kept.at("other"), 1);
}

TEST(MemoryModel, ThreeSamplesAreTooFewToFit) {
  const auto few = samples();
  EXPECT_EQ(fit_memory_model(std::span(few).first(3)).base.value, 0);
}

TEST(MemoryUse, WeightsAreCountedByTheKindOfTheirUser) {
  network::Builder b("mixed");
  const auto ids = b.input("ids", {1, 4}, network::ElementType::int64);
  const auto words = b.gather(b.weights({1000, 64}, 1), ids);
  b.output(b.linear(b.reshape(words, {4, 64}), 128, {.bias = false}), "y");
  const MemoryUse use = memory_use(lowered(b.finish()));
  EXPECT_EQ(use.weights.at("matrix").value, 64 * 128 * 4);
  EXPECT_GE(use.weights.at("other").value, 1000 * 64 * 4);  // the whole table, though four rows are read
  EXPECT_EQ(use.largest.value, 1000 * 64 * 4);
}

TEST(MemoryUse, TellsTheLargestConvolutionFromTheLargestWeight) {
  network::Builder b("convolution");
  const auto x = b.conv(b.input("x", {1, 64, 8, 8}), 64, {.kernel = {3, 3}, .bias = false});
  b.output(b.linear(b.flatten(x), 100, {.bias = false}), "y");
  const MemoryUse use = memory_use(lowered(b.finish()));
  EXPECT_EQ(use.weights.at("convolution").value, 64 * 64 * 9 * 4);
  EXPECT_EQ(use.largest_convolution.value, 64 * 64 * 9 * 4);
  EXPECT_EQ(use.largest.value, 64 * 8 * 8 * 100 * 4);
  EXPECT_EQ(use.inputs.value, 64 * 8 * 8 * 4);
  EXPECT_GE(use.nodes, 3);
}

TEST(MemoryNetworks, ShareEveryKindOfWeightAndCanBeLowered) {
  std::map<std::string, int, std::less<>> networks_with;
  for (network::Network& network : memory_networks()) {
    for (const auto& [kind, bytes] : memory_use(lowered(std::move(network))).weights) {
      if (bytes.value > mib) ++networks_with[kind];
    }
  }
  for (const char* kind : {"convolution", "matrix", "other"}) {
    EXPECT_GE(networks_with[kind], 2) << kind;
  }
}

}  // namespace
}  // namespace forecost::measurement
