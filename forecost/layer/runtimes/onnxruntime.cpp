// SPDX-License-Identifier: Apache-2.0
// Order and repetition follow GenerateTransformers in
// onnxruntime/core/optimizer/graph_transformer_utils.cc, 1.32.
#include "forecost/layer/kernel.h"
#include "forecost/layer/onnxruntime/passes.h"

namespace forecost::layer::runtimes {
namespace {

using namespace onnxruntime_rules;

/// Level 1: rewrites among ai.onnx operators, before nodes go to a provider.
std::vector<Pass> basic() {
  return {{"identity", eliminate_identity},
          {"noops", eliminate_noops},
          {"small patterns", fuse_small_patterns},
          {"gemm transpose", fuse_gemm_transpose},
          {"convolution weights", fold_into_convolution_weights},
          {"constants shared", share_constants},
          {"common subexpressions", merge_common_subexpressions},
          {"constants", fold_constants},
          {"matmul add", fuse_matmul_add_keeping_attention},
          {"reshapes", fuse_reshapes},
          {"gelu", fuse_gelu_standard},
          {"layer normalisation", fuse_layer_norm},
          {"transposes", move_transposes}};
}

/// Level 2: fusions into the provider's own operators.
std::vector<Pass> extended() {
  return {{"relu before quantise", drop_relu_before_quantise},
          {"quantised", fuse_quantised},
          {"functions", inline_functions},
          {"gemm transpose", fuse_gemm_transpose},
          {"gemm activation", fuse_gemm_activation},
          {"convolution activation", fuse_convolution_activation},
          {"gelu", fuse_gelu},
          {"layer normalisation", fuse_layer_norm},
          {"simplified layer normalisation", fuse_simplified_layer_norm},
          {"matmul add", fuse_matmul_add},
          {"gathers to split", fuse_gathers_to_split},
          {"matmul transpose", fuse_matmul_transpose},
          {"bias gelu", fuse_bias_gelu},
          {"skip layer normalisation", fuse_skip_layer_norm},
          {"fast gelu", fuse_fast_gelu},
          {"quick gelu", fuse_quick_gelu},
          {"matmul scale", fuse_matmul_scale}};
}

Result<network::Network> optimise(const LayeredNetwork& network, const LoweringTarget& target) {
  Rewrite graph(network);
  apply_until_stable(graph, basic());
  apply_until_stable(graph, extended());
  block_channels(graph, target.block);
  fuse_convolution_add(graph);
  return graph.finish();
}

/// MLAS_PLATFORM::NchwcBlockSize: one register of floats, at least 8 on x86-64; builds for ARM have no
/// blocked layout.
LoweringTarget target_of(std::string_view instruction_set) {
  if (instruction_set == "neon" || instruction_set == "sve") return {.block = 1};
  const bool narrow = instruction_set == "avx2" || instruction_set == "avx" || instruction_set == "sse2";
  return {.block = narrow ? widest_block / 2 : widest_block};
}

void settle(network::Network& optimised, const LoweringTarget& target) {
  state_block(optimised, target.block);
}

}  // namespace

Runtime onnxruntime() {
  Runtime runtime;
  runtime.name = "onnxruntime";
  runtime.summary = "ONNX Runtime, CPU provider, all optimisations";
  runtime.optimise = optimise;
  runtime.target = target_of;
  runtime.settle = settle;
  runtime.path = path_of;
  runtime.workspace = workspace_of;
  runtime.resident = resident_of;
  return runtime;
}

}  // namespace forecost::layer::runtimes
