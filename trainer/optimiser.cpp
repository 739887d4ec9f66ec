// SPDX-License-Identifier: Apache-2.0
#include "trainer/optimiser.h"

#include <vector>

#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>

namespace forecost::trainer {
namespace {

using torch::optim::OptimizerParamGroup;

template <typename Options>
std::vector<OptimizerParamGroup> groups_of(const TrainableNetwork& network, Options options) {
  std::vector<at::Tensor> decayed;
  std::vector<at::Tensor> free;
  for (const auto& item : network.learned()) (item.second.dim() > 1 ? decayed : free).push_back(item.second);
  std::vector<OptimizerParamGroup> groups;
  groups.emplace_back(std::move(decayed), std::make_unique<Options>(options));
  groups.emplace_back(std::move(free), std::make_unique<Options>(options.weight_decay(0)));
  return groups;
}

template <typename Torch, typename Options>
class TorchOptimiser : public Optimiser {
 public:
  TorchOptimiser(const TrainableNetwork& network, const Options& options)
      : torch_(groups_of(network, options), options) {}

  void step(double learning_rate) override {
    for (OptimizerParamGroup& group : torch_.param_groups()) {
      static_cast<Options&>(group.options()).lr(learning_rate);
    }
    torch_.step();
    torch_.zero_grad();
  }

 private:
  Torch torch_;
};

}  // namespace

std::unique_ptr<Optimiser> make_optimiser(const training::Recipe& recipe, const TrainableNetwork& network) {
  if (recipe.optimiser == "adam") {
    torch::optim::AdamWOptions options(recipe.learning_rate);
    options.weight_decay(recipe.weight_decay);
    return std::make_unique<TorchOptimiser<torch::optim::AdamW, torch::optim::AdamWOptions>>(network,
                                                                                             options);
  }
  torch::optim::SGDOptions options(recipe.learning_rate);
  options.momentum(recipe.momentum).weight_decay(recipe.weight_decay);
  return std::make_unique<TorchOptimiser<torch::optim::SGD, torch::optim::SGDOptions>>(network, options);
}

}  // namespace forecost::trainer
