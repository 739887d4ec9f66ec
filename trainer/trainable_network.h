// SPDX-License-Identifier: Apache-2.0
/// A network that learns: its ONNX graph as operations of libtorch over weights of its own.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "forecost/network/network.h"
#include "forecost/outcome/outcome.h"
#include "trainer/op.h"
#include "trainer/roles.h"

namespace forecost::trainer {

class TrainableNetwork {
 public:
  /// Weights are drawn anew by `seed` (roles.h); those of the file do not count. Fails: `unsupported` naming
  /// the node for an operator that cannot be trained.
  static Result<TrainableNetwork> make(const network::Network& network, std::uint64_t seed);

  /// Numbers per class before any last Softmax, for a batch of inputs of any size. In `learning`, running
  /// statistics are moved and gradients recorded. Throws Untrainable or what libtorch throws.
  at::Tensor logits(const at::Tensor& input, Mode mode);

  /// Learned tensors by name; they share memory with the network.
  const std::map<std::string, at::Tensor>& learned() const { return learned_; }
  std::int64_t parameters() const;
  /// It takes (batch, pixels), not (batch, channels, height, width).
  bool takes_flat() const;

  /// The network with its weights as they are now, to be written to a file. A last Softmax is kept.
  network::Network with_weights() const;

 private:
  struct Step {
    const network::Node* node = nullptr;
    Op op = nullptr;
    std::vector<std::size_t> inputs;   ///< slots; `none` where absent
    std::vector<std::size_t> outputs;  ///< likewise
    std::vector<std::size_t> last;     ///< slots that nobody reads later
  };
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  Status compile();
  Status add_constants(std::uint64_t seed);
  void mark_last_uses();
  std::size_t slot(const std::string& name);

  std::unique_ptr<network::Network> network_;  ///< steps point into it
  std::vector<Step> steps_;
  std::map<std::string, std::size_t> slots_;
  std::vector<at::Tensor> constants_;  ///< by slot; undefined for what is computed
  std::map<std::string, at::Tensor> learned_;
  std::size_t input_ = none;
  std::size_t output_ = none;
  std::int64_t written_batch_ = 1;
  at::Generator dice_;
};

}  // namespace forecost::trainer
