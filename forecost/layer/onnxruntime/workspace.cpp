// SPDX-License-Identifier: Apache-2.0
// Scratch memory that kernels of ONNX Runtime's CPU provider allocate for one execution, in float32.
#include <algorithm>

#include "forecost/layer/onnxruntime/passes.h"

namespace forecost::layer::onnxruntime_rules {
namespace {

const TensorFact* input_fact(const LayeredNetwork& network, const Layer& layer, std::size_t index) {
  return index < layer.inputs.size() && !layer.inputs[index].empty() ? network.tensor(layer.inputs[index])
                                                                     : nullptr;
}

Bytes floats(double count) {
  return Bytes(static_cast<std::int64_t>(count) * 4);
}

/// MlasConvPrepare: nothing for a product of the input itself; the whole expanded image where there are more
/// filters than pixels; else a tile per thread, or an image per thread when images or groups run side by
/// side.
Bytes convolution(const Layer& layer, int threads) {
  constexpr double tile = 128.0 * 128.0;             // MLAS_SGEMM_STRIDEN * MLAS_SGEMM_STRIDEK
  constexpr double work_per_thread = 64.0 * 1024.0;  // MLAS_SGEMM_THREAD_COMPLEXITY
  const Extents& e = layer.cost.extents;
  if (e.n > e.m) return floats(e.m * e.k);
  if (e.batch > 1 || e.groups > 1) {
    const double lanes = std::min<double>(threads, e.batch * e.groups);
    return floats(lanes * std::max({e.m * e.k, e.n * e.m, tile}));
  }
  const double lanes = std::min<double>(threads, std::max(1.0, e.m * e.n * e.k / work_per_thread));
  return floats(lanes * tile);
}

/// Columns before they are summed into the image: kernel * Cout / groups rows, one per input pixel.
Bytes transposed_convolution(const LayeredNetwork& network, const Layer& layer) {
  const TensorFact* x = input_fact(network, layer, 0);
  const TensorFact* weights = input_fact(network, layer, 1);
  if (x == nullptr || weights == nullptr || x->shape.size() < 3 || weights->shape.size() < 3) return Bytes(0);
  double columns = 1;
  for (std::size_t i = 1; i < weights->shape.size(); ++i) columns *= static_cast<double>(weights->shape[i]);
  for (std::size_t i = 2; i < x->shape.size(); ++i) columns *= static_cast<double>(x->shape[i]);
  return floats(columns);
}

/// Gates of all time steps, and the state between steps.
Bytes recurrent(const LayeredNetwork& network, const Layer& layer) {
  const TensorFact* x = input_fact(network, layer, 0);
  const TensorFact* weights = input_fact(network, layer, 1);
  const TensorFact* recurrence = input_fact(network, layer, 2);
  if (x == nullptr || weights == nullptr || recurrence == nullptr || x->shape.size() != 3) return Bytes(0);
  const auto steps = static_cast<double>(x->shape[0]);
  const auto batch = static_cast<double>(x->shape[1]);
  const auto directions = static_cast<double>(weights->shape[0]);
  const auto gates = static_cast<double>(weights->shape[1]);
  const auto hidden = static_cast<double>(recurrence->shape[2]);
  return floats(directions * batch * (steps * gates + 4 * hidden));
}

/// Projections of query, key and value, and the scores of every head.
Bytes attention(const LayeredNetwork& network, const Layer& layer) {
  const TensorFact* x = input_fact(network, layer, 0);
  if (x == nullptr || x->shape.size() != 3) return Bytes(0);
  const auto heads = static_cast<double>(
      std::max<std::int64_t>(1, network.network.graph.nodes[layer.node].int_or("num_heads", 1)));
  const auto batch = static_cast<double>(x->shape[0]);
  const auto sequence = static_cast<double>(x->shape[1]);
  return floats(3.0 * static_cast<double>(x->elements()) + batch * heads * sequence * sequence);
}

/// Squares padded in the channel direction, and one scale per element.
Bytes local_response(const LayeredNetwork& network, const Layer& layer) {
  const TensorFact* x = input_fact(network, layer, 0);
  if (x == nullptr || x->shape.size() != 4) return Bytes(0);
  const auto size = network.network.graph.nodes[layer.node].int_or("size", 1);
  const auto squares = static_cast<double>((x->shape[1] + size - 1) * x->shape[2] * x->shape[3]);
  return floats(squares + static_cast<double>(x->elements()));
}

}  // namespace

Bytes workspace_of(const LayeredNetwork& optimised, const Layer& layer, int threads) {
  const std::string path = path_of(optimised, layer);
  if (path == "im2col_gemm" || path == "im2col_gemm_grouped" || path == "depthwise_im2col") {
    return convolution(layer, std::max(1, threads));
  }
  if (path == "conv_transpose") return transposed_convolution(optimised, layer);
  if (path == "recurrent") return recurrent(optimised, layer);
  if (path == "attention") return attention(optimised, layer);
  if (path == "lrn") return local_response(optimised, layer);
  if (path == "softmax_strided") {
    const TensorFact* x = input_fact(optimised, layer, 0);
    return x == nullptr ? Bytes(0) : x->bytes() * 2;
  }
  return Bytes(0);
}

}  // namespace forecost::layer::onnxruntime_rules
