// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/memory_model.h"

#include <vector>

#include <gtest/gtest.h>

#include "forecost/measurement/memory_probe.h"
#include "forecost/network/builder.h"

namespace forecost::measurement {
namespace {

constexpr std::int64_t mib = 1 << 20;

MemoryUse use_of(std::int64_t convolution, std::int64_t matrix, std::int64_t largest, std::int64_t plan) {
  MemoryUse use;
  use.weights["convolution"] = Bytes(convolution * mib);
  use.weights["matrix"] = Bytes(matrix * mib);
  use.largest = Bytes(largest * mib);
  use.plan = Bytes(plan * mib);
  return use;
}

device::MemoryModel truth() {
  device::MemoryModel model;
  model.base = Bytes(30 * mib);
  model.copies = {{"convolution", 3.0}, {"matrix", 1.25}};
  model.loading = 1;
  model.activations = 2;
  return model;
}

std::vector<MemorySample> samples() {
  std::vector<MemorySample> list;
  for (const MemoryUse& use :
       {use_of(0, 1, 1, 1), use_of(20, 4, 4, 2), use_of(40, 2, 9, 6), use_of(5, 60, 30, 1),
        use_of(10, 200, 120, 4), use_of(1, 2, 1, 50), use_of(8, 4, 2, 20), use_of(60, 8, 8, 30),
        use_of(0, 90, 10, 2), use_of(3, 0, 1, 90)}) {
    list.push_back({use, peak_of(use, truth())});
  }
  return list;
}

layer::LoweredNetwork lowered(network::Network network) {
  const auto layered = layer::infer(std::move(network)).value();
  return layer::lower(layered, *layer::find_runtime("onnxruntime")).value();
}

TEST(MemoryModel, APeakIsTheSumOfItsPartsAndTheLargerOfLoadingAndRunning) {
  EXPECT_EQ(peak_of(use_of(10, 4, 4, 8), truth()).value, (30 + 30 + 5 + 16) * mib);
  EXPECT_EQ(peak_of(use_of(10, 40, 40, 8), truth()).value, (30 + 30 + 50 + 40) * mib);
}

TEST(MemoryModel, WithoutAFitEveryWeightCountsOnce) {
  EXPECT_EQ(peak_of(use_of(10, 4, 4, 8), {}).value, (10 + 4 + 8) * mib);
}

TEST(MemoryModel, AFitRecoversTheFormulaThatMadeItsSamples) {
  const device::MemoryModel model = fit_memory_model(samples());
  for (const MemorySample& sample : samples()) {
    EXPECT_NEAR(peak_of(sample.use, model) / sample.peak, 1, 0.01);  // the samples have no noise
  }
  EXPECT_NEAR(model.copies.at("convolution"), 3, 0.1);
  EXPECT_NEAR(model.activations, 2, 0.1);
  EXPECT_LT(model.relative_error, 0.05);
}

TEST(MemoryModel, AKindThatWasNotMeasuredKeepsOneCopy) {
  EXPECT_EQ(fit_memory_model(samples()).copies.at("other"), 1);
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

TEST(MemoryUse, TheLargestConvolutionCountsOnceMoreUpToEightMebibytes) {
  network::Builder b("convolution");
  b.output(b.conv(b.input("x", {1, 512, 8, 8}), 512, {.kernel = {3, 3}, .bias = false}), "y");
  const MemoryUse use = memory_use(lowered(b.finish()));
  EXPECT_EQ(use.weights.at("convolution").value, 512 * 512 * 9 * 4);
  EXPECT_EQ(use.weights.at("largest_convolution").value, 8 * mib);
}

TEST(MemoryNetworks, ShareEveryKindOfWeightAndCanBeLowered) {
  std::map<std::string, int, std::less<>> networks_with;
  for (network::Network& network : memory_networks()) {
    for (const auto& [kind, bytes] : memory_use(lowered(std::move(network))).weights) {
      if (bytes.value > mib) ++networks_with[kind];
    }
  }
  for (const char* kind : {"convolution", "matrix", "other", "largest_convolution"}) {
    EXPECT_GE(networks_with[kind], 2) << kind;
  }
}

}  // namespace
}  // namespace forecost::measurement
