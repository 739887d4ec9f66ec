// SPDX-License-Identifier: Apache-2.0
/// Builds networks node by node, with random weights of true size. Used by the zoo, calibration and tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "forecost/network/network.h"

namespace forecost::network {

/// A tensor inside a Builder: its name, type and (fully known) shape.
struct Value {
  std::string name;
  ElementType element = ElementType::float32;
  Shape shape;

  std::int64_t dim(std::ptrdiff_t axis) const;  ///< negative axes count from the end
};

struct ConvOptions {
  std::vector<std::int64_t> kernel{1, 1};
  std::vector<std::int64_t> stride{1, 1};
  std::vector<std::int64_t> pads{};  ///< begin..., end...; empty: "same" for odd kernels at stride 1 (kernel / 2)
  std::vector<std::int64_t> dilation{1, 1};
  std::int64_t groups = 1;
  bool bias = true;
};

struct PoolOptions {
  std::vector<std::int64_t> kernel{2, 2};
  std::vector<std::int64_t> stride{2, 2};
  std::vector<std::int64_t> pads{0, 0, 0, 0};
  bool ceil_mode = false;
  bool count_include_pad = false;
};

using Attributes = std::map<std::string, Attribute, std::less<>>;

class Builder {
 public:
  explicit Builder(std::string name, std::int64_t opset = 17, std::uint64_t seed = 1);

  Value input(std::string name, Shape shape, ElementType element = ElementType::float32);
  void output(const Value& value, std::string name = {});  ///< declares a graph output

  /// Any operator. `outputs` are the types and shapes of its results (the builder does not infer them).
  std::vector<Value> node(std::string op, const std::vector<Value>& inputs, Attributes attributes,
                          const std::vector<Value>& outputs, std::string domain = {});
  /// One result of the same shape and type as the first input.
  Value same(std::string op, const std::vector<Value>& inputs, Attributes attributes = {}, std::string domain = {});

  Value weights(Shape shape, double deviation, ElementType element = ElementType::float32);  ///< normal, seeded
  Value filled(Shape shape, double value, ElementType element = ElementType::float32);
  Value integers(std::vector<std::int64_t> values, Shape shape);  ///< int64 constant
  Value scalar(double value, ElementType element = ElementType::float32);

  // The usual layers. Each computes its output's shape and makes its own weights (He-scaled, so that activations
  // neither vanish nor explode).
  Value conv(const Value& x, std::int64_t out_channels, const ConvOptions& options = {});
  Value conv_transpose(const Value& x, std::int64_t out_channels, const ConvOptions& options);
  Value batch_norm(const Value& x);
  Value layer_norm(const Value& x);              ///< over the last axis; decomposed below opset 17
  Value linear(const Value& x, std::int64_t out_features);   ///< Gemm on rank 2, MatMul + Add otherwise
  Value relu(const Value& x);
  Value clip(const Value& x, double low, double high);
  Value sigmoid(const Value& x);
  Value hard_sigmoid(const Value& x);
  Value hard_swish(const Value& x);   ///< the HardSwish operator from opset 14, x * hard_sigmoid(x) below
  Value silu(const Value& x);         ///< x * sigmoid(x)
  Value gelu(const Value& x);         ///< exact, as PyTorch's exporter decomposes it: 0.5 * x * (1 + erf(x / sqrt 2))
  Value max_pool(const Value& x, const PoolOptions& options);
  Value average_pool(const Value& x, const PoolOptions& options);
  Value global_average_pool(const Value& x);
  Value add(const Value& a, const Value& b);     ///< broadcasting
  Value mul(const Value& a, const Value& b);
  Value sub(const Value& a, const Value& b);
  Value div(const Value& a, const Value& b);
  Value matmul(const Value& a, const Value& b);  ///< broadcasting batch extents
  Value concat(const std::vector<Value>& parts, std::int64_t axis);
  std::vector<Value> split(const Value& x, std::int64_t axis, const std::vector<std::int64_t>& sizes);
  Value slice(const Value& x, std::int64_t axis, std::int64_t begin, std::int64_t end);
  Value reshape(const Value& x, Shape shape);
  Value transpose(const Value& x, std::vector<std::int64_t> permutation);
  Value flatten(const Value& x);
  Value softmax(const Value& x, std::int64_t axis = -1);
  Value reduce_mean(const Value& x, std::vector<std::int64_t> axes, bool keep);
  Value gather(const Value& table, const Value& indices, std::int64_t axis = 0);
  Value upsample(const Value& x, std::int64_t factor, std::string mode = "nearest");
  Value lrn(const Value& x, std::int64_t size, double alpha, double beta, double bias);
  Value dropout(const Value& x);

  /// The finished network. The builder is empty afterwards.
  Network finish();

 private:
  std::string fresh(std::string_view op);
  Network network_;
  std::uint64_t seed_;
  std::int64_t next_ = 0;
};

}  // namespace forecost::network
