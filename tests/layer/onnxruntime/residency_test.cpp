// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "forecost/layer/kernel.h"
#include "forecost/layer/memory.h"
#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"

namespace forecost::layer {
namespace {

constexpr std::int64_t kib = 1024;

LoweredNetwork lowered(network::Network network) {
  const auto layered = infer(std::move(network)).value();
  return lower(layered, *find_runtime("onnxruntime")).value();
}

LoweredNetwork of_zoo(const char* name, std::int64_t batch) {
  return lowered((*network::find_zoo(name))->build({.batch = batch}));
}

TEST(Residency, TheSecondRunHoldsABlockBesideTheFirstRunsBuffers) {
  network::Builder b("softmaxes");
  auto x = b.input("x", {1, 64 * kib});  // 256 KiB each
  x = b.softmax(x);
  x = b.softmax(x);
  b.output(x, "y");
  // The first softmax lies in the block, the output outside of it: 512 KiB in the first run's order. The
  // block takes the first place in the second run, the output the next.
  EXPECT_EQ(resident_activations(lowered(b.finish())).value, 512 * kib);
}

TEST(Residency, IsNeverLessThanThePlanOfTensorsThatTheRuntimeMakes) {
  for (const char* name : {"squeezenet1_1", "mobilenet_v2", "resnet18", "vit_s_16"}) {
    const LoweredNetwork network = of_zoo(name, 1);
    EXPECT_GE(resident_activations(network) / plan_memory(network.graph).peak, 0.9) << name;
  }
}

// Growth of the resident set over four runs of ONNX Runtime 1.32 on an x86-64 machine with AVX-512, batch 8,
// one thread, glibc.malloc.mmap_threshold=131072, in MB. The rules leave out what is not an activation.
TEST(Residency, AgreesWithWhatProcessesHeld) {
  const std::map<std::string, double> held{
      {"vgg11", 240.2},    {"resnet18", 60.4}, {"resnet50", 110.6},      {"bert_base", 124.6},
      {"vit_b_16", 247.2}, {"gpt2", 515.6},    {"convnext_tiny", 293.3}, {"efficientnet_b0", 192.6}};
  for (const auto& [name, megabytes] : held) {
    const double resident = static_cast<double>(resident_activations(of_zoo(name.c_str(), 8)).value) / 1e6;
    EXPECT_NEAR(resident / megabytes, 1, 0.15) << name;
  }
}

}  // namespace
}  // namespace forecost::layer
