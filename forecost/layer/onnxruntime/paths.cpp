// SPDX-License-Identifier: Apache-2.0
// The algorithm behind each kernel of ONNX Runtime's CPU provider. Convolutions follow MlasConvPrepare
// (convolve.cpp) and MlasNchwcConv (snchwc.cpp); reductions follow the FastReduceKind of reduction_ops.h.
//
// * blocked convolutions: nchwc_conv nchwc_pointwise nchwc_depthwise nchwc_scale (depthwise 1x1, a
//   normalisation) nchwc_stem (reads fewer channels than a block)
// * convolutions by matrix product: gemm_pointwise im2col_gemm im2col_gemm_grouped depthwise_im2col
//   conv_transpose
// * matrix products: gemm_packed (the right side is a weight) gemm gemv batched_gemm
// * quantised: gemm_nbits qgemm qlinear_conv qlinear_pointwise qlinear_depthwise
// * windows: pool_nchwc pool (of maxima) pool_nchwc_average pool_average pool_lp global_pool_nchwc
//   global_pool lrn
// * arithmetic on equal shapes, with one value, with spreading: elementwise elementwise_scalar
//   elementwise_broadcast
// * functions: unary for all cheap ones, unary_<function> for each transcendental one
// * no arithmetic: view gather copy_concat copy_split copy_slice copy_pad copy_expand
// * transpose_copy (order kept but for extents of 1) transpose_rows (innermost axis stays) transpose_inner
// * rows: softmax softmax_strided (not the last axis) layernorm skip_layernorm rmsnorm batchnorm instancenorm
// * K kept, R reduced, from the outermost axis on: reduce_r reduce_kr reduce_rk reduce_krk reduce_general
// * resize_nearest resize_linear resize_cubic upsample_nchwc reorder_input reorder_output
// * attention lstm gru rnn
//
// Any other operator's path is its own name in snake_case.
#include <algorithm>
#include <array>
#include <cctype>

#include "forecost/layer/onnxruntime/passes.h"

namespace forecost::layer::onnxruntime_rules {
namespace {

const TensorFact* input_fact(const LayeredNetwork& network, const Layer& layer, std::size_t index) {
  return index < layer.inputs.size() && !layer.inputs[index].empty() ? network.tensor(layer.inputs[index])
                                                                     : nullptr;
}

const TensorFact* output_fact(const LayeredNetwork& network, const Layer& layer) {
  return layer.outputs.empty() ? nullptr : network.tensor(layer.outputs[0]);
}

const network::Node& node_of(const LayeredNetwork& network, const Layer& layer) {
  return network.network.graph.nodes[layer.node];
}

std::string snake_case(std::string_view name) {
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto letter = static_cast<unsigned char>(name[i]);
    const bool upper = std::isupper(letter) != 0;
    const bool after_lower = i > 0 && std::isupper(static_cast<unsigned char>(name[i - 1])) == 0;
    if (upper && after_lower && name[i - 1] != '_') text += '_';
    text += static_cast<char>(std::tolower(letter));
  }
  return text;
}

bool all_equal(const std::vector<std::int64_t>& values, std::int64_t wanted) {
  return std::ranges::all_of(values, [&](std::int64_t value) { return value == wanted; });
}

using PathRule = std::string (*)(const LayeredNetwork&, const Layer&);

std::string blocked_convolution(const LayeredNetwork& network, const Layer& layer) {
  const TensorFact* weights = input_fact(network, layer, 1);
  if (weights == nullptr || weights->shape.size() != 4) return "nchwc_conv";
  const network::Node& node = node_of(network, layer);
  if (node.int_or("group", 1) > 1 && weights->shape[1] == 1) {
    return weights->shape[2] == 1 && weights->shape[3] == 1 ? "nchwc_scale" : "nchwc_depthwise";
  }
  if (weights->shape[1] < node.int_or("block", widest_block)) return "nchwc_stem";
  const bool point = weights->shape[2] == 1 && weights->shape[3] == 1;
  return point && all_equal(node.ints_or("pads", {}), 0) ? "nchwc_pointwise" : "nchwc_conv";
}

std::string convolution(const LayeredNetwork& network, const Layer& layer) {
  const TensorFact* weights = input_fact(network, layer, 1);
  if (weights == nullptr || weights->shape.size() < 3) return "im2col_gemm";
  const network::Node& node = node_of(network, layer);
  const bool point = std::all_of(weights->shape.begin() + 2, weights->shape.end(),
                                 [](std::int64_t extent) { return extent == 1; });
  const std::int64_t groups = node.int_or("group", 1);
  if (groups > 1 && weights->shape[1] == 1 && weights->shape[0] == groups) return "depthwise_im2col";
  if (point && all_equal(node.ints_or("strides", {}), 1) && all_equal(node.ints_or("pads", {}), 0)) {
    return "gemm_pointwise";
  }
  return groups > 1 ? "im2col_gemm_grouped" : "im2col_gemm";
}

/// QLinearConv::Compute: depthwise loops, or a matrix product with or without im2col before it.
std::string quantised_convolution(const LayeredNetwork& network, const Layer& layer) {
  const std::size_t weights_index = layer.op == "QLinearConv" ? 3 : 1;
  const TensorFact* weights = input_fact(network, layer, weights_index);
  if (weights == nullptr || weights->shape.size() < 3) return "qlinear_conv";
  const network::Node& node = node_of(network, layer);
  const std::int64_t groups = node.int_or("group", 1);
  if (groups > 1 && weights->shape[1] == 1 && weights->shape[0] == groups) return "qlinear_depthwise";
  const bool point = std::all_of(weights->shape.begin() + 2, weights->shape.end(),
                                 [](std::int64_t extent) { return extent == 1; });
  const bool dense = all_equal(node.ints_or("strides", {}), 1) && all_equal(node.ints_or("pads", {}), 0);
  return point && dense ? "qlinear_pointwise" : "qlinear_conv";
}

std::string matrix_product(const LayeredNetwork& network, const Layer& layer) {
  const TensorFact* b = input_fact(network, layer, 1);
  const Extents& extents = layer.cost.extents;
  if (extents.batch > 1) return "batched_gemm";
  if (extents.m <= 1 || extents.n <= 1) return "gemv";
  return b != nullptr && b->constant && b->shape.size() == 2 ? "gemm_packed" : "gemm";
}

std::string elementwise(const LayeredNetwork& network, const Layer& layer) {
  const TensorFact* output = output_fact(network, layer);
  if (output == nullptr) return "elementwise";
  bool scalar = false;
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
    const TensorFact* input = input_fact(network, layer, i);
    if (input == nullptr || input->shape == output->shape) continue;
    if (input->elements() != 1) return "elementwise_broadcast";
    scalar = true;
  }
  return scalar ? "elementwise_scalar" : "elementwise";
}

/// Squares and cubes are products; any other power calls the library function.
std::string power(const LayeredNetwork& network, const Layer& layer) {
  const TensorFact* exponent = input_fact(network, layer, 1);
  if (exponent != nullptr && exponent->values && exponent->elements() == 1) {
    const double value =
        std::holds_alternative<std::vector<double>>(*exponent->values)
            ? std::get<std::vector<double>>(*exponent->values).front()
            : static_cast<double>(std::get<std::vector<std::int64_t>>(*exponent->values).front());
    if (value == 2 || value == 3) return "elementwise_scalar";
  }
  return "unary_pow";
}

std::string unary(const LayeredNetwork& network, const Layer& layer) {
  const std::string& op = node_of(network, layer).op;
  static constexpr std::array cheap{"Relu",        "LeakyRelu",       "Clip", "Neg",        "Abs",
                                    "HardSigmoid", "ThresholdedRelu", "Not",  "Floor",      "Ceil",
                                    "Sign",        "HardSwish",       "Cast", "Reciprocal", "Sqrt"};
  return std::ranges::find(cheap, op) != cheap.end() ? "unary" : "unary_" + snake_case(op);
}

std::string gelu(const LayeredNetwork& network, const Layer& layer) {
  const network::Node& node = node_of(network, layer);
  if (node.op == "QuickGelu") return "unary_quick_gelu";
  return node.op == "FastGelu" || node.string_or("approximate", "none") == "tanh" ? "unary_fast_gelu"
                                                                                  : "unary_gelu";
}

std::string transpose(const LayeredNetwork& network, const Layer& layer) {
  const TensorFact* x = input_fact(network, layer, 0);
  std::vector<std::int64_t> permutation = node_of(network, layer).ints_or("perm", {});
  if (x == nullptr || permutation.size() != x->shape.size() || permutation.empty()) return "transpose_inner";
  const std::int64_t innermost = permutation.back();
  std::erase_if(permutation,
                [&](std::int64_t axis) { return x->shape[static_cast<std::size_t>(axis)] == 1; });
  if (std::ranges::is_sorted(permutation)) return "transpose_copy";
  return innermost == static_cast<std::int64_t>(x->shape.size()) - 1 ? "transpose_rows" : "transpose_inner";
}

std::string softmax(const LayeredNetwork& network, const Layer& layer) {
  const TensorFact* x = input_fact(network, layer, 0);
  if (x == nullptr || network.network.opset("") < 13) return "softmax";
  const std::int64_t axis = node_of(network, layer).int_or("axis", -1);
  return axis == -1 || axis == static_cast<std::int64_t>(x->shape.size()) - 1 ? "softmax" : "softmax_strided";
}

std::string reduction(const LayeredNetwork& network, const Layer& layer) {
  const TensorFact* x = input_fact(network, layer, 0);
  if (x == nullptr) return "reduce_general";
  const auto rank = static_cast<std::int64_t>(x->shape.size());
  std::vector<std::int64_t> axes = node_of(network, layer).ints_or("axes", {});
  const TensorFact* given = input_fact(network, layer, 1);
  if (given != nullptr && given->values &&
      std::holds_alternative<std::vector<std::int64_t>>(*given->values)) {
    axes = std::get<std::vector<std::int64_t>>(*given->values);
  }
  if (axes.empty()) return "reduce_r";
  std::vector<bool> reduced(x->shape.size(), false);
  for (const auto axis : axes) reduced[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)] = true;
  std::string kinds;
  for (std::size_t i = 0; i < reduced.size(); ++i) {
    const char kind = reduced[i] ? 'r' : 'k';
    if (x->shape[i] != 1 && (kinds.empty() || kinds.back() != kind)) kinds += kind;
  }
  static constexpr std::array fast{"r", "kr", "rk", "krk"};
  if (kinds.empty() || kinds == "k") return "reduce_r";
  return std::ranges::find(fast, kinds) != fast.end() ? "reduce_" + kinds : "reduce_general";
}

std::string resize(const LayeredNetwork& network, const Layer& layer) {
  return "resize_" + node_of(network, layer).string_or("mode", "nearest");
}

struct Row {
  std::string_view domain, op;
  PathRule rule;
};

constexpr Row rules[] = {
    {blocked_layout, "Conv", blocked_convolution},
    {"", "Conv", convolution},
    {microsoft, "FusedConv", convolution},
    {"", "MatMul", matrix_product},
    {"", "Gemm", matrix_product},
    {microsoft, "FusedMatMul", matrix_product},
    {microsoft, "FusedGemm", matrix_product},
    {"", "Add", elementwise},
    {"", "Sub", elementwise},
    {"", "Mul", elementwise},
    {"", "Div", elementwise},
    {"", "Min", elementwise},
    {"", "Max", elementwise},
    {"", "Sum", elementwise},
    {"", "Mean", elementwise},
    {"", "Where", elementwise},
    {"", "Equal", elementwise},
    {"", "Greater", elementwise},
    {"", "Less", elementwise},
    {"", "GreaterOrEqual", elementwise},
    {"", "LessOrEqual", elementwise},
    {"", "And", elementwise},
    {"", "Or", elementwise},
    {"", "Xor", elementwise},
    {"", "PRelu", elementwise},
    {"", "Mod", elementwise},
    {"", "Pow", power},
    {"", "Relu", unary},
    {"", "LeakyRelu", unary},
    {"", "Clip", unary},
    {"", "Neg", unary},
    {"", "Abs", unary},
    {"", "HardSigmoid", unary},
    {"", "ThresholdedRelu", unary},
    {"", "Not", unary},
    {"", "Floor", unary},
    {"", "Ceil", unary},
    {"", "Sign", unary},
    {"", "HardSwish", unary},
    {"", "Cast", unary},
    {"", "Reciprocal", unary},
    {"", "Sqrt", unary},
    {"", "QLinearConv", quantised_convolution},
    {microsoft, "QLinearConv", quantised_convolution},
    {"", "ConvInteger", quantised_convolution},
    {"", "Erf", unary},
    {"", "Sigmoid", unary},
    {"", "Tanh", unary},
    {"", "Exp", unary},
    {"", "Log", unary},
    {"", "Elu", unary},
    {"", "Selu", unary},
    {"", "Celu", unary},
    {"", "Softplus", unary},
    {"", "Softsign", unary},
    {"", "Mish", unary},
    {"", "Sin", unary},
    {"", "Cos", unary},
    {"", "Round", unary},
    {"", "Gelu", gelu},
    {microsoft, "Gelu", gelu},
    {microsoft, "BiasGelu", gelu},
    {microsoft, "FastGelu", gelu},
    {microsoft, "QuickGelu", gelu},
    {"", "Transpose", transpose},
    {"", "Softmax", softmax},
    {"", "LogSoftmax", softmax},
    {"", "Resize", resize},
    {"", "Upsample", resize},
    {"", "ReduceMean", reduction},
    {"", "ReduceSum", reduction},
    {"", "ReduceMax", reduction},
    {"", "ReduceMin", reduction},
    {"", "ReduceProd", reduction},
    {"", "ReduceL1", reduction},
    {"", "ReduceL2", reduction},
    {"", "ReduceLogSum", reduction},
    {"", "ReduceLogSumExp", reduction},
    {"", "ReduceSumSquare", reduction},
};

struct FixedRow {
  std::string_view domain, op, path;
};

constexpr FixedRow fixed_paths[] = {
    {"", "Reshape", "view"},
    {"", "Flatten", "view"},
    {"", "Squeeze", "view"},
    {"", "Unsqueeze", "view"},
    {"", "Identity", "view"},
    {"", "Dropout", "view"},
    {"", "Shape", "view"},
    {"", "Size", "view"},
    {"", "Concat", "copy_concat"},
    {"", "Split", "copy_split"},
    {"", "Slice", "copy_slice"},
    {"", "Pad", "copy_pad"},
    {"", "Expand", "copy_expand"},
    {"", "Tile", "copy_expand"},
    {"", "Gather", "gather"},
    {blocked_layout, "MaxPool", "pool_nchwc"},
    {blocked_layout, "AveragePool", "pool_nchwc_average"},
    {blocked_layout, "GlobalMaxPool", "global_pool_nchwc"},
    {blocked_layout, "GlobalAveragePool", "global_pool_nchwc"},
    {blocked_layout, "Upsample", "upsample_nchwc"},
    {blocked_layout, "ReorderInput", "reorder_input"},
    {blocked_layout, "ReorderOutput", "reorder_output"},
    {"", "MaxPool", "pool"},
    {"", "AveragePool", "pool_average"},
    {"", "LpPool", "pool_lp"},
    {"", "GlobalMaxPool", "global_pool"},
    {"", "GlobalAveragePool", "global_pool"},
    {"", "LRN", "lrn"},
    {"", "ConvTranspose", "conv_transpose"},
    {"", "BatchNormalization", "batchnorm"},
    {"", "InstanceNormalization", "instancenorm"},
    {"", "GroupNormalization", "instancenorm"},
    {"", "LayerNormalization", "layernorm"},
    {"", "SimplifiedLayerNormalization", "rmsnorm"},
    {"", "RMSNormalization", "rmsnorm"},
    {microsoft, "SkipLayerNormalization", "skip_layernorm"},
    {microsoft, "SkipSimplifiedLayerNormalization", "skip_layernorm"},
    {microsoft, "EmbedLayerNormalization", "embed_layernorm"},
    {"", "Attention", "attention"},
    {microsoft, "Attention", "attention"},
    {microsoft, "MultiHeadAttention", "attention"},
    {microsoft, "GroupQueryAttention", "attention"},
    {"", "LSTM", "recurrent"},
    {"", "GRU", "recurrent"},
    {"", "RNN", "recurrent"},
    {"", "MatMulInteger", "qgemm"},
    {"", "QLinearMatMul", "qgemm"},
    {microsoft, "QGemm", "qgemm"},
    {microsoft, "DynamicQuantizeMatMul", "qgemm"},
    {microsoft, "MatMulIntegerToFloat", "qgemm"},
    {microsoft, "MatMulNBits", "gemm_nbits"},
};

}  // namespace

std::string path_of(const LayeredNetwork& optimised, const Layer& layer) {
  const auto names = [&](const auto& row) { return row.domain == layer.domain && row.op == layer.op; };
  const auto* rule = std::ranges::find_if(rules, names);
  if (rule != std::end(rules)) return rule->rule(optimised, layer);
  const auto* known = std::ranges::find_if(fixed_paths, names);
  return known != std::end(fixed_paths) ? std::string(known->path) : snake_case(layer.op);
}

}  // namespace forecost::layer::onnxruntime_rules
