// SPDX-License-Identifier: Apache-2.0
/// Building blocks that several families of calibration networks share.
#pragma once

#include <string>

#include "forecost/measurement/dice.h"
#include "forecost/network/builder.h"

namespace forecost::measurement::blocks {

using network::Builder;
using network::Value;

/// The activations of convolutional networks, by name: relu, relu6, hard_swish, silu, sigmoid, leaky, tanh,
/// none.
Value activate(Builder& builder, const Value& x, const std::string& kind);
std::string draw_activation(Dice& dice);

/// Channels usual at a spatial extent: few at 112 x 112, up to 2048 at 7 x 7.
std::int64_t draw_width(Dice& dice, std::int64_t extent);
/// A spatial extent as it occurs inside networks, weighted towards 7 ... 56.
std::int64_t draw_extent(Dice& dice);

/// Image input [batch, channels, extent, extent].
Value image(Builder& builder, Dice& dice, std::int64_t channels, std::int64_t extent);

struct ConvStep {
  std::int64_t out = 0;
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  std::int64_t groups = 1;
};
/// Convolution, batch normalisation, activation: the unit of most networks.
Value conv_bn(Builder& builder, const Value& x, const ConvStep& step, const std::string& activation);
/// Squeeze-and-excitation: pool, two pointwise convolutions, gate.
Value squeeze_excite(Builder& builder, const Value& x, std::int64_t squeezed, const std::string& gate);
/// Global pooling, flatten, classifier.
Value classify(Builder& builder, Dice& dice, const Value& x);

}  // namespace forecost::measurement::blocks
