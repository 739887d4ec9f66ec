// SPDX-License-Identifier: Apache-2.0
// What runs on an array of multiply-accumulators: one layer after the other, with activations, normalisations
// and residuals in the convolution before them, as ONNX Runtime fuses them without blocked layouts.
#include <algorithm>
#include <array>
#include <cmath>

#include "forecost/layer/kernel.h"

namespace forecost::layer::runtimes {

Runtime onnxruntime();

namespace {

constexpr std::array<std::string_view, 3> one_step_after_the_other = {"LSTM", "GRU", "RNN"};

Result<network::Network> optimise(const LayeredNetwork& network, const LoweringTarget& /*target*/) {
  return onnxruntime().optimise(network, {.block = 1});
}

LoweringTarget target_of(std::string_view /*instruction_set*/) {
  return {.block = 1};
}

std::string path_of(const LayeredNetwork& /*optimised*/, const Layer& layer) {
  const Extents& e = layer.cost.extents;
  const double product = e.batch * e.groups * e.m * e.n * e.k;
  const bool one_product =
      layer.cost.macs.value > 0 && std::abs(product - static_cast<double>(layer.cost.macs.value)) < 0.5 &&
      std::find(one_step_after_the_other.begin(), one_step_after_the_other.end(), layer.op) ==
          one_step_after_the_other.end();
  return one_product ? "mapped" : "streamed";
}

Bytes workspace_of(const LayeredNetwork& /*optimised*/, const Layer& /*layer*/, int /*threads*/) {
  return Bytes(0);
}

}  // namespace

Runtime array() {
  Runtime runtime;
  runtime.name = "array";
  runtime.summary = "an accelerator's array: convolutions and matrix products are mapped, the rest streamed";
  runtime.optimise = optimise;
  runtime.target = target_of;
  runtime.path = path_of;
  runtime.workspace = workspace_of;
  return runtime;
}

}  // namespace forecost::layer::runtimes
