// SPDX-License-Identifier: Apache-2.0
/// Groups of layers that several families of the zoo share.
#pragma once

#include <cstdint>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"

namespace forecost::network::zoo {

/// One of Builder's activations, e.g. &Builder::relu.
using Activation = Value (Builder::*)(const Value&);

/// A square kernel, padded to keep the extent at stride 1, without bias.
inline ConvOptions square(std::int64_t kernel, std::int64_t stride = 1, std::int64_t groups = 1) {
  return {.kernel = {kernel, kernel}, .stride = {stride, stride}, .groups = groups, .bias = false};
}

/// A square kernel without padding and without bias.
inline ConvOptions unpadded(std::int64_t kernel, std::int64_t stride = 1) {
  return {.kernel = {kernel, kernel}, .stride = {stride, stride}, .pads = {0, 0, 0, 0}, .bias = false};
}

inline PoolOptions pool(std::int64_t kernel, std::int64_t stride, std::int64_t pad = 0) {
  return {.kernel = {kernel, kernel}, .stride = {stride, stride}, .pads = {pad, pad, pad, pad}};
}

/// The colour image that vision networks take.
inline Value image(Builder& builder, const ZooOptions& options, std::int64_t side) {
  return builder.input("input", {options.batch, 3, side, side});
}

/// Conv, BatchNormalization.
inline Value conv_bn(Builder& builder, const Value& x, std::int64_t channels, const ConvOptions& conv) {
  return builder.batch_norm(builder.conv(x, channels, conv));
}

/// Conv, BatchNormalization, Relu.
inline Value conv_bn_relu(Builder& builder, const Value& x, std::int64_t channels, const ConvOptions& conv) {
  return builder.relu(conv_bn(builder, x, channels, conv));
}

/// The last part of a residual branch: scaled down, so that the sum over many blocks stays bounded.
inline Value conv_bn_residual(Builder& builder, const Value& x, std::int64_t channels,
                              const ConvOptions& conv) {
  return builder.batch_norm(builder.conv(x, channels, conv), {.scale = 0.25});
}

struct Gate {
  Activation inner;
  Activation outer;
};

/// Squeeze and excitation (Hu et al. 2018): channels weighted by what a bottleneck makes of their means.
inline Value squeeze_excite(Builder& builder, const Value& x, std::int64_t squeezed, const Gate& gate) {
  const Value means = builder.global_average_pool(x);
  const Value narrow = (builder.*gate.inner)(builder.conv(means, squeezed));
  const Value factors = (builder.*gate.outer)(builder.conv(narrow, x.dim(1)));
  return builder.mul(factors, x);
}

/// GlobalAveragePool, Flatten, Gemm to `classes`; declares the result as "output" and finishes.
inline Network classify(Builder& builder, const Value& x, std::int64_t classes = 1000) {
  builder.scope("head");
  builder.output(builder.linear(builder.flatten(builder.global_average_pool(x)), classes), "output");
  return builder.finish();
}

}  // namespace forecost::network::zoo
