// SPDX-License-Identifier: Apache-2.0
// Eager execution: every node as written, nothing fused. What only looks at a tensor in another way
// (reshapes, transpositions, slices) is a view and costs a call.
//
// Paths are those of ONNX Runtime's operators where the work is alike; convolutions and matrix products are
// conv conv_pointwise conv_depthwise conv_grouped linear, views are alias.
#include <array>
#include <utility>

#include "forecost/layer/kernel.h"
#include "forecost/layer/onnxruntime/passes.h"
#include "forecost/layer/rewrite.h"

namespace forecost::layer::runtimes {
namespace {

Result<network::Network> optimise(const LayeredNetwork& network, const LoweringTarget& /*target*/) {
  return Rewrite(network).finish();  // with its sizes bound
}

LoweringTarget target_of(std::string_view /*instruction_set*/) {
  return {.block = 1};
}

std::string path_of(const LayeredNetwork& network, const Layer& layer) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 15> names{
      {{"im2col_gemm", "conv"},
       {"gemm_pointwise", "conv_pointwise"},
       {"depthwise_im2col", "conv_depthwise"},
       {"im2col_gemm_grouped", "conv_grouped"},
       {"gemm_packed", "linear"},
       {"view", "alias"},
       {"copy_slice", "alias"},
       {"copy_split", "alias"},
       {"copy_expand", "alias"},
       {"transpose_copy", "alias"},
       {"transpose_rows", "alias"},
       {"transpose_inner", "alias"},
       {"identity", "alias"},
       {"dropout", "alias"},
       {"shape", "alias"}}};
  std::string path = onnxruntime_rules::path_of(network, layer);
  for (const auto& [theirs, ours] : names) {
    if (path == theirs) return std::string(ours);
  }
  return path;
}

Bytes workspace_of(const LayeredNetwork& /*network*/, const Layer& /*layer*/, int /*threads*/) {
  return Bytes(0);
}

}  // namespace

Runtime torch();  // named by the list

Runtime torch() {
  Runtime runtime;
  runtime.name = "torch";
  runtime.summary = "libtorch, eager: every node as written, nothing is fused";
  runtime.optimise = optimise;
  runtime.target = target_of;
  runtime.path = path_of;
  runtime.workspace = workspace_of;
  return runtime;
}

}  // namespace forecost::layer::runtimes
