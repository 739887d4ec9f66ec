// SPDX-License-Identifier: Apache-2.0
#include "eager/eager_step.h"

#include <torch/cuda.h>
#include <torch/optim/adam.h>
#include <torch/optim/sgd.h>

namespace forecost::eager {
namespace {

constexpr double learning_rate = 1e-6;  // keeps numbers finite for as long as we measure

class Inference final : public EagerStep {
 public:
  Inference(const EagerNetwork& network, const device::System& system) : network_(network), system_(system) {}

  StepTimes run() override {
    const at::NoGradGuard no_gradients;
    const Seconds start = system_.now();
    [[maybe_unused]] const auto outputs = network_.forward();
    finish(network_);
    return {.whole = system_.now() - start};
  }

 private:
  const EagerNetwork& network_;
  const device::System& system_;
};

class Training final : public EagerStep {
 public:
  Training(const EagerNetwork& network, std::unique_ptr<torch::optim::Optimizer> optimiser,
           const device::System& system)
      : network_(network), optimiser_(std::move(optimiser)), system_(system) {}

  StepTimes run() override {
    const Seconds start = system_.now();
    optimiser_->zero_grad();
    const at::Tensor loss = EagerNetwork::loss(network_.forward());
    finish(network_);
    const Seconds forward = system_.now();
    loss.backward();
    finish(network_);
    const Seconds backward = system_.now();
    optimiser_->step();
    finish(network_);
    const Seconds end = system_.now();
    return {.whole = end - start,
            .forward = forward - start,
            .backward = backward - forward,
            .update = end - backward};
  }

 private:
  const EagerNetwork& network_;
  std::unique_ptr<torch::optim::Optimizer> optimiser_;
  const device::System& system_;
};

}  // namespace

void finish(const EagerNetwork& network) {
  if (network.device().is_cuda()) torch::cuda::synchronize();
}

std::unique_ptr<EagerStep> inference(const EagerNetwork& network, const device::System& system) {
  return std::make_unique<Inference>(network, system);
}

Result<std::unique_ptr<EagerStep>> training_step(const EagerNetwork& network, const std::string& optimiser,
                                                 const device::System& system) {
  if (network.learned().empty()) {
    return Error{Fault::unsupported, "the network has nothing to learn", network.network().network.source,
                 "measure its inference: leave --training out"};
  }
  std::unique_ptr<torch::optim::Optimizer> made;
  if (optimiser == "adam") {
    made = std::make_unique<torch::optim::Adam>(network.learned(), torch::optim::AdamOptions(learning_rate));
  } else if (optimiser == "sgd") {
    made = std::make_unique<torch::optim::SGD>(network.learned(),
                                               torch::optim::SGDOptions(learning_rate).momentum(0.9));
  } else {
    return Error{Fault::unsupported, "there is no optimiser '" + optimiser + "'", "training",
                 "choose sgd or adam"};
  }
  return std::unique_ptr<EagerStep>(std::make_unique<Training>(network, std::move(made), system));
}

std::vector<device::NodeTime> layer_times(const EagerNetwork& network, const device::System& system) {
  const at::NoGradGuard no_gradients;
  std::vector<device::NodeTime> times;
  Seconds last = system.now();
  [[maybe_unused]] const auto outputs = network.forward([&](std::size_t index) {
    finish(network);
    const Seconds now = system.now();
    const layer::Layer& layer = network.network().layers[index];
    times.push_back({layer.name, layer.op, now - last});
    last = system.now();
  });
  return times;
}

}  // namespace forecost::eager
