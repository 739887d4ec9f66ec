// SPDX-License-Identifier: Apache-2.0
/// A network as libtorch runs it eagerly: one operation per layer, nothing fused.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include <ATen/ATen.h>

#include "forecost/device/runner.h"
#include "forecost/layer/layer.h"
#include "forecost/outcome/outcome.h"
#include "trainer/op.h"

namespace forecost::eager {

struct EagerOptions {
  at::Device device = at::kCPU;
  at::ScalarType number = at::kFloat;  ///< of all reals
  bool learns = false;                 ///< normalisation and dropout as in training; gradients are recorded
};

class EagerNetwork {
 public:
  /// Told after each layer, by its index in LayeredNetwork::layers.
  using LayerEnd = std::function<void(std::size_t)>;

  /// Makes weights and inputs, and computes what depends on constants alone. Weights are those of the builder
  /// where `network` says them; large ones of a file, which stay in it, are drawn as for a training: times do
  /// not depend on them. Inputs are device::generated() ones. Fails: `unsupported` naming the layer for an
  /// operator that libtorch has no counterpart for here, or with libtorch's own words.
  static Result<EagerNetwork> make(layer::LayeredNetwork network, const EagerOptions& options);

  /// One inference over the inputs: the network's outputs, in order. Throws trainer::Untrainable or what
  /// libtorch throws.
  std::vector<at::Tensor> forward(const LayerEnd& layer_end = {}) const;
  /// A number to learn from: cross-entropy with arbitrary classes where the first output is (batch, classes),
  /// else the mean square of all outputs.
  static at::Tensor loss(const std::vector<at::Tensor>& outputs);

  const std::vector<at::Tensor>& learned() const { return learned_; }
  const layer::LayeredNetwork& network() const { return *network_; }
  const at::Device& device() const { return options_.device; }
  /// As runners give them, converted to float.
  std::vector<device::Output> named(const std::vector<at::Tensor>& outputs) const;

 private:
  struct Step {
    std::size_t layer = 0;
    trainer::Op op = nullptr;
    std::vector<std::size_t> inputs;  ///< slots; `none` where absent
    std::vector<std::size_t> outputs;
    std::vector<std::size_t> last;  ///< slots that nobody reads later
  };
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  std::size_t slot(const std::string& name);
  void add_constants();
  void add_inputs();
  void compile();
  void mark_last_uses();
  void run(const Step& step, std::vector<at::Tensor>& values) const;
  at::Tensor placed(const at::Tensor& tensor, const std::string& name) const;

  std::unique_ptr<layer::LayeredNetwork> network_;  ///< steps point into it
  EagerOptions options_;
  std::map<std::string, std::size_t, std::less<>> slots_;
  std::vector<at::Tensor> kept_;  ///< by slot: constants and inputs; undefined for what is computed
  std::vector<at::Tensor> learned_;
  std::vector<Step> steps_;
  std::vector<std::size_t> outputs_;
  std::int64_t written_batch_ = 1;
  at::Generator dice_;
};

}  // namespace forecost::eager
