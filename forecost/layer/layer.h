// SPDX-License-Identifier: Apache-2.0
/// Nodes with shapes and cost. A layer is what one node of the file asks for; what a runtime makes of it is a
/// kernel.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "forecost/network/network.h"
#include "forecost/outcome/outcome.h"
#include "forecost/quantity/quantity.h"

namespace forecost::layer {

using network::ElementType;
using network::Shape;

/// What is known of one tensor after inference.
struct TensorFact {
  ElementType element = ElementType::undefined;
  Shape shape;
  std::optional<network::Values>
      values;             ///< small contents known before running; enables constant propagation
  bool constant = false;  ///< the same in every run (weights and what follows from them alone)

  std::int64_t elements() const;  ///< shapes are checked on entry, so this never overflows
  Bytes bytes() const;
};

/// Loop extents of the work, in the terms of a matrix product where there is one; everything else is 1.
///   convolution   batch N, groups g, m = out pixels, n = Cout / g, k = Cin / g * kernel; kernel, stride,
///   dilation matrix        batch = leading extents, m x k times k x n pooling       batch N, m = out pixels,
///   n = channels, kernel, stride rows          m = rows, n = row length: softmax, normalisation, reductions
///   (n = reduced extent) elementwise   m = elements written recurrent     batch, m = time steps, n = hidden
///   * gates, k = input + hidden
struct Extents {
  double batch = 1, groups = 1, m = 1, n = 1, k = 1;
  double kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation = 1;
  double in_h = 1, in_w = 1, out_h = 1, out_w = 1;
};

/// Exact cost of one execution at the inferred shapes. All counts are >= 0.
struct Cost {
  Macs macs;
  Operations operations;        ///< 2 * macs + every other arithmetic operation
  Bytes read;                   ///< every input once, weights included; a gather reads only what it picks
  Bytes written;                ///< every output once
  Bytes weights;                ///< part of `read` that is constant
  std::int64_t parameters = 0;  ///< elements of constant float or quantised inputs that are learned
  Extents extents;
};

struct Layer {
  std::string name;  ///< unique: the node's name, or op and index
  std::string op;
  std::string domain;
  std::size_t node = 0;  ///< index into Network::graph.nodes
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  Cost cost;
  bool known = true;    ///< false: no rule for this operator; cost is that of its tensors alone
  bool folded = false;  ///< depends on constants alone: a runtime computes it before the first run
};

/// Sizes for the symbols of a network's inputs.
struct Binding {
  std::map<std::string, std::int64_t, std::less<>> symbols;  ///< --dim name=value
  std::optional<std::int64_t> batch;  ///< first extent of every input, unless a symbol there is set by name
};

/// A network whose tensors all have shapes. Keeps its own copy of the nodes (no weights are in there).
struct LayeredNetwork {
  network::Network network;
  std::vector<Layer> layers;                               ///< execution order
  std::map<std::string, TensorFact, std::less<>> tensors;  ///< by name, initializers included
  std::vector<Warning> warnings;
  std::int64_t batch = 1;

  const TensorFact* tensor(std::string_view name) const;
};

struct Totals {
  Macs macs;
  Operations operations;
  std::int64_t parameters = 0;  ///< distinct learned tensors, each once
  Bytes weights;
  Bytes traffic;
  Bytes peak_activations;  ///< liveness plan over the layers as written, see memory.h
  std::map<std::string, int, std::less<>> unknown_operators;  ///< op -> occurrences
};

/// Infers every shape and cost, folding constants on the way.
/// Unknown operators take their outputs' shapes from annotations, else from the first input; a warning names
/// them. Fails: `bad_input` with the node's name when shapes contradict each other or a needed symbol has no
/// value (the hint names the option that sets it). Time is linear in the size of the graph. Pure.
Result<LayeredNetwork> infer(network::Network network, const Binding& binding = {});

/// Sums over the layers that are not folded.
Totals totals_of(const LayeredNetwork& layered);

}  // namespace forecost::layer
