// SPDX-License-Identifier: Apache-2.0
/// What a runtime really executes after folding, fusing and re-laying-out: kernels, each with the path it
/// takes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "forecost/layer/layer.h"

namespace forecost::layer {

struct WeightFormat;

/// One node of the runtime's optimised graph.
struct Kernel {
  std::string name;
  std::string op;      ///< "Conv", "FusedMatMul", ...
  std::string domain;  ///< "com.microsoft.nchwc" and the like; "" for ai.onnx
  std::string path;    ///< the algorithm the runtime picks, e.g. "nchwc_pointwise", "im2col_gemm"
  std::vector<std::string> layers;  ///< names of the layers of the network as written that it computes
  Cost cost;
  std::vector<Shape> inputs;  ///< in order; {} for absent or scalar
  std::vector<Shape> outputs;
  std::vector<bool> constant_inputs;           ///< which inputs are weights
  ElementType element = ElementType::float32;  ///< of the first output
  std::string activation;                      ///< fused into it, "" if none
  bool accumulates = false;                    ///< adds a residual input (Conv + Add fused)
  const WeightFormat* weights =
      nullptr;  ///< of its learned matrix, by with_formats(); null: as the file says
  bool known = true;
  Bytes workspace{0};  ///< scratch memory beside inputs and outputs (im2col and the like)
  /// Distinct bytes that one run of the whole network touches: weights and activations. What of this kernel's
  /// weights is still in a cache at the next run depends on it.
  Bytes footprint{0};
  /// Bytes that the run touches before this kernel, rounded up to a power of two: early kernels find cold
  /// buffers.
  Bytes before{0};
  /// Bytes touched between the making of its largest activation input and this kernel, rounded up likewise;
  /// for an input of the network its footprint.
  Bytes input_age{0};

  /// Same text, same cost: op, path, element type, attributes that matter, shapes, `before` and `input_age`.
  /// Groups repeated kernels of one network.
  std::string signature;
};

enum class LoweringSource { rules, runtime };

/// A network as one runtime executes it.
struct LoweredNetwork {
  std::string runtime;  ///< "onnxruntime"
  LoweringSource source = LoweringSource::rules;
  std::vector<Kernel> kernels;  ///< execution order
  LayeredNetwork graph;         ///< the optimised graph itself
  std::vector<Warning> warnings;
};

/// What of a machine decides the kernels that a runtime picks.
struct LoweringTarget {
  std::int64_t block = 16;  ///< channels per block of blocked layouts; 1: no blocked layout
};

/// A runtime's fusion rules and path names. One file in runtimes/, one line in runtimes.txt, one test.
struct Runtime {
  std::string_view name;
  std::string_view summary;
  /// The runtime's optimised graph by our rules: same nodes, attributes and tensors as the runtime itself
  /// would write.
  Result<network::Network> (*optimise)(const LayeredNetwork& network, const LoweringTarget& target) = nullptr;
  /// What follows from a device's instruction set (device::Identity); the default where it says nothing.
  LoweringTarget (*target)(std::string_view instruction_set) = nullptr;
  /// Writes into a graph of the runtime what it leaves to the machine. May be absent.
  void (*settle)(network::Network& optimised, const LoweringTarget& target) = nullptr;
  /// Path of one layer of an optimised graph, and its scratch memory.
  std::string (*path)(const LayeredNetwork& optimised, const Layer& layer) = nullptr;
  Bytes (*workspace)(const LayeredNetwork& optimised, const Layer& layer, int threads) = nullptr;
  /// What the runtime's allocator holds for activations and scratch after a few runs. May be absent.
  Bytes (*resident)(const LoweredNetwork& lowered) = nullptr;
};

const std::vector<Runtime>& runtime_list();
const Runtime* find_runtime(std::string_view name);

/// What activations and scratch make resident: by the rules of the runtime's allocator, holes included;
/// without such rules the peak of the liveness plan and the largest scratch.
Bytes resident_activations(const LoweredNetwork& lowered);

/// Lowers by rules.
Result<LoweredNetwork> lower(const LayeredNetwork& network, const Runtime& runtime,
                             const LoweringTarget& target = {});

/// Lowers by the runtime's own word: `optimised` is the graph that it wrote for `network`.
Result<LoweredNetwork> adopt(const LayeredNetwork& network, network::Network optimised,
                             const Runtime& runtime, const Binding& binding,
                             const LoweringTarget& target = {});

}  // namespace forecost::layer
