// SPDX-License-Identifier: Apache-2.0
/// The rewrites of ONNX Runtime's CPU provider, one function per transformer of its optimiser. Each returns
/// whether it changed the graph. What each matches follows onnxruntime/core/optimizer (MIT licence), 1.2x
/// to 1.32.
#pragma once

#include "forecost/layer/kernel.h"
#include "forecost/layer/rewrite.h"

namespace forecost::layer::onnxruntime_rules {

inline constexpr std::string_view microsoft = "com.microsoft";
inline constexpr std::string_view blocked_layout = "com.microsoft.nchwc";
inline constexpr std::int64_t widest_block = 16;  ///< channels: floats per AVX-512 register

// Nodes that change nothing, and nodes that depend on constants alone.
bool eliminate_identity(Rewrite& graph);
bool eliminate_noops(Rewrite& graph);  ///< Dropout, Cast, Expand, Slice, x + 0, x * 1
bool fold_constants(Rewrite& graph);
bool share_constants(Rewrite& graph);  ///< equal ones of up to 8 elements become one
bool merge_common_subexpressions(Rewrite& graph);
bool fuse_reshapes(Rewrite& graph);
bool fuse_small_patterns(Rewrite& graph);  ///< Relu + Clip, 1 / x * y, Where(Not)
bool inline_functions(Rewrite& graph);     ///< operators without a kernel: HardSwish, Mish, Swish

// Convolutions.
bool fold_into_convolution_weights(Rewrite& graph);  ///< BatchNormalization, constant Mul and Add, zero Pad
bool fuse_convolution_activation(Rewrite& graph);
bool fuse_convolution_add(Rewrite& graph);  ///< FusedConv with a residual input
/// NCHWc layout of `block` channels, with its reorders; nothing for a block of 1.
bool block_channels(Rewrite& graph, std::int64_t block);
/// Whether a Resize or Upsample multiplies height and width by whole numbers, as the blocked kernel does.
bool can_upsample_blocked(const Rewrite& graph, NodeId id);
/// Writes an attribute "block" into the blocked nodes of an optimised graph, unless it is `widest_block`:
/// ONNX Runtime's own nodes leave it to the machine.
void state_block(network::Network& optimised, std::int64_t block);

// Matrix products.
bool fuse_matmul_add_keeping_attention(Rewrite& graph);
bool fuse_matmul_add(Rewrite& graph);
bool fuse_gemm_transpose(Rewrite& graph);
bool fuse_gemm_activation(Rewrite& graph);
bool fuse_matmul_transpose(Rewrite& graph);
bool fuse_matmul_scale(Rewrite& graph);

// Integers between QuantizeLinear and DequantizeLinear.
bool drop_relu_before_quantise(Rewrite& graph);  ///< where the zero point is the lowest integer
bool fuse_quantised(Rewrite& graph);  ///< QLinearConv, QLinearMatMul, QGemm, QLinearAdd and the like

// Transformers.
bool fuse_gelu_standard(Rewrite& graph);  ///< into ai.onnx Gelu, from opset 20
bool fuse_gelu(Rewrite& graph);
bool fuse_fast_gelu(Rewrite& graph);
bool fuse_quick_gelu(Rewrite& graph);
bool fuse_bias_gelu(Rewrite& graph);
bool fuse_layer_norm(Rewrite& graph);
bool fuse_simplified_layer_norm(Rewrite& graph);
bool fuse_skip_layer_norm(Rewrite& graph);
bool fuse_gathers_to_split(Rewrite& graph);

// Layout.
bool move_transposes(Rewrite& graph);

/// Names of algorithms and scratch memory of the kernels: see paths.cpp and workspace.cpp.
std::string path_of(const LayeredNetwork& optimised, const Layer& layer);
Bytes workspace_of(const LayeredNetwork& optimised, const Layer& layer, int threads);
/// Pages that the arena holds for activations and scratch after a few runs. O(layers x buffers) at worst.
Bytes resident_of(const LoweredNetwork& lowered);

}  // namespace forecost::layer::onnxruntime_rules
