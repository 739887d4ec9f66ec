// SPDX-License-Identifier: Apache-2.0
/// Builds networks node by node, with random weights of true size. Used by the zoo, calibration and tests.
///
/// Nodes are written as PyTorch's ONNX exporter writes them, at the opset asked for. Every shape is known
/// while building; a wrong one (a convolution of a matrix, extents that do not broadcast) is the caller's
/// error and throws BrokenContract. Reshapes copy leading extents that they keep, so most built networks run
/// at any batch.
///
/// Names. A node is "<scope>/<Op>_<n>" and its results carry its name. What PyTorch would count as a
/// parameter is
/// "<node>.weight" or "<node>.bias"; running statistics are "<node>.running_mean" and "<node>.running_var";
/// every other constant is "<scope>/constant_<n>".
///
/// Nothing is materialised: weights are a shape and a Fill. Cost: linear in the number of nodes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/network/network.h"

namespace forecost::network {

/// A tensor inside a Builder: its name, type and (fully known) shape. A default one is an absent optional
/// input.
struct Value {
  std::string name;
  ElementType element = ElementType::float32;
  Shape shape;

  std::int64_t dim(std::ptrdiff_t axis) const;  ///< negative axes count from the end
};

/// One entry per spatial axis; the defaults are for images.
struct ConvOptions {
  std::vector<std::int64_t> kernel{1, 1};
  std::vector<std::int64_t> stride{1, 1};
  std::vector<std::int64_t> pads{};  ///< begin..., end...; empty: dilation * (kernel - 1) / 2 on every side
  std::vector<std::int64_t> dilation{1, 1};
  std::int64_t groups = 1;
  bool bias = true;
};

struct PoolOptions {
  std::vector<std::int64_t> kernel{2, 2};
  std::vector<std::int64_t> stride{2, 2};
  std::vector<std::int64_t> pads{0, 0, 0, 0};
  bool ceil_mode = false;  ///< as PyTorch: a window that would start in the end padding is left out
  bool count_include_pad = false;
};

struct NormOptions {
  double epsilon = 1e-5;
  double scale = 1;  ///< the learned factor; below 1 at the end of residual branches keeps deep sums bounded
};

struct LinearOptions {
  bool bias = true;
  double gain = 1;  ///< weights have standard deviation gain / sqrt(in_features)
};

using Attributes = std::map<std::string, Attribute, std::less<>>;

class Builder {
 public:
  /// opset 7 or newer.
  explicit Builder(std::string name, std::int64_t opset = 17, std::uint64_t seed = 1);

  std::int64_t opset() const { return network_.opset(""); }
  /// Prefix of the names of all that follows, until the next call.
  void scope(std::string name);

  Value input(std::string name, Shape shape, ElementType element = ElementType::float32);
  /// Declares a graph output, renamed to `name` in the finished network unless that is empty.
  void output(const Value& value, const std::string& name = {});

  /// Any operator. `outputs` are the types and shapes of its results (the builder does not infer them); their
  /// names are ignored. A domain other than "" is imported at version 1.
  std::vector<Value> node(std::string op, const std::vector<Value>& inputs, Attributes attributes,
                          const std::vector<Value>& outputs, std::string domain = {});
  /// One result of the same shape and type as the first input.
  Value same(std::string op, const std::vector<Value>& inputs, Attributes attributes = {},
             std::string domain = {});

  Value weights(Shape shape, double deviation,
                ElementType element = ElementType::float32);  ///< learned; normal, seeded
  Value learned(Shape shape, double value);  ///< learned, but every element starts at `value`
  Value filled(Shape shape, double value,
               ElementType element = ElementType::float32);       ///< constant, not learned
  Value integers(std::vector<std::int64_t> values, Shape shape);  ///< int64 constant
  Value scalar(double value, ElementType element = ElementType::float32);

  // The usual layers. Each computes its output's shape and makes its own weights (He-scaled, so that
  // activations neither vanish nor explode).
  Value conv(const Value& x, std::int64_t out_channels, const ConvOptions& options = {});
  Value conv_transpose(const Value& x, std::int64_t out_channels, const ConvOptions& options);
  Value batch_norm(const Value& x, const NormOptions& options = {});
  Value layer_norm(const Value& x, double epsilon = 1e-5);  ///< over the last axis; decomposed below opset 17
  Value linear(const Value& x, std::int64_t out_features,
               const LinearOptions& options = {});  ///< Gemm on rank 2, MatMul + Add otherwise
  Value lrn(const Value& x, std::int64_t size, double alpha, double beta, double bias);
  Value dropout(const Value& x);

  Value relu(const Value& x);
  Value clip(const Value& x, double low, double high);
  Value sigmoid(const Value& x);
  Value hard_sigmoid(const Value& x);  ///< max(0, min(1, x / 6 + 1 / 2))
  Value hard_swish(const Value& x);    ///< the HardSwish operator from opset 14, x * hard_sigmoid(x) below
  Value silu(const Value& x);          ///< x * sigmoid(x)
  Value gelu(
      const Value& x);  ///< exact, as PyTorch's exporter decomposes it: 0.5 * x * (1 + erf(x / sqrt 2))
  Value gelu_tanh(const Value& x);  ///< 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))), decomposed
  Value softmax(const Value& x, std::int64_t axis = -1);

  Value max_pool(const Value& x, const PoolOptions& options);
  Value average_pool(const Value& x, const PoolOptions& options);
  Value global_average_pool(const Value& x);
  Value reduce_mean(const Value& x, std::vector<std::int64_t> axes, bool keep);

  Value add(const Value& a, const Value& b);  ///< broadcasting, as are the next three
  Value sub(const Value& a, const Value& b);
  Value mul(const Value& a, const Value& b);
  Value div(const Value& a, const Value& b);
  Value matmul(const Value& a, const Value& b);  ///< broadcasting batch extents
  /// Any two-input operator with broadcasting; `element` is the result's type (undefined: that of `a`).
  Value binary(std::string op, const Value& a, const Value& b, ElementType element = ElementType::undefined);

  Value concat(const std::vector<Value>& parts, std::int64_t axis);
  std::vector<Value> split(const Value& x, std::int64_t axis, const std::vector<std::int64_t>& sizes);
  Value slice(const Value& x, std::int64_t axis, std::int64_t begin, std::int64_t end);
  Value reshape(const Value& x, Shape shape);  ///< one extent may be -1
  Value transpose(const Value& x, std::vector<std::int64_t> permutation);
  Value flatten(const Value& x);  ///< to rank 2, the first axis kept
  Value squeeze(const Value& x, std::int64_t axis);
  Value unsqueeze(const Value& x, std::int64_t axis);
  Value expand(const Value& x, Shape shape);
  Value cast(const Value& x, ElementType element);
  Value gather(const Value& table, const Value& indices, std::int64_t axis = 0);
  Value upsample(const Value& x, std::int64_t factor,
                 std::string mode = "nearest");  ///< or "linear"; spatial axes

  /// The finished network. The builder is empty afterwards.
  Network finish();

 private:
  std::string fresh(std::string_view op);
  Value initializer(std::string name, Shape shape, const Fill& fill,
                    ElementType element = ElementType::float32);
  Value random(std::string name, Shape shape, double deviation, ElementType element = ElementType::float32);
  std::vector<Value> emit(std::string name, std::string op, const std::vector<Value>& inputs,
                          Attributes attributes, const std::vector<Value>& outputs);
  Value one(std::string op, const std::vector<Value>& inputs, Attributes attributes, Shape shape);

  Network network_;
  std::string scope_;
  std::map<std::string, std::string, std::less<>> renamed_;
  std::uint64_t seed_;
  std::int64_t next_ = 0;
};

/// Learned elements among the initializers of a built network, each tensor once: those named as above.
/// BatchNormalization's running statistics are not learned.
std::int64_t learned_parameters(const Network& built);

}  // namespace forecost::network
