// SPDX-License-Identifier: Apache-2.0
/// What a training step of a network costs: forward, backward, update, and the memory that it holds.
///
///   step = p x (forward + backward of products) + o x (forward + backward of all else) + u x update
///
/// Forward times are the device's forecasts of the kernels. By rule (after Paleo, Qi et al. 2017): the
/// backward pass of a convolution or matrix product is two products of the same size, the gradients of its
/// weights and of its input, and one for the first, whose input needs none; anything else costs the same in
/// both directions; an update streams the parameters, 5 passes for SGD with momentum, 7 for Adam; p = o = u
/// = 1. Where training steps were measured on the device, p, o, u >= 0 are fitted to them by least squares of
/// relative errors.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "forecost/measurement/store.h"
#include "forecost/prediction/prediction.h"

namespace forecost::prediction {

/// "sgd" (with momentum) and "adam".
struct TrainingRequest {
  std::string optimiser = "sgd";
  std::int64_t samples = 0;  ///< of an epoch; 0: no epoch
};

/// p, o, u of the formula.
struct TrainingFactors {
  double products = 1;
  double others = 1;
  double update = 1;
  int networks = 0;  ///< measured ones they were fitted to; 0: by rule
  double error = 0;  ///< 90 % quantile of |log(forecast / measured)|, each network left out in turn
};

/// Of one training step, in float32.
struct TrainingMemory {
  Bytes weights;
  Bytes gradients;
  Bytes state;        ///< of the optimiser: momentum, or both moments of Adam
  Bytes activations;  ///< what the forward pass keeps for the backward pass
  Bytes total() const { return weights + gradients + state + activations; }
};

struct TrainingCost {
  std::string network, device, optimiser;
  std::int64_t batch = 1;
  Seconds forward, backward, update;
  predictor::TotalForecast step;  ///< the sum; low = high = time by rule: nobody knows
  TrainingFactors factors;
  TrainingMemory memory;
  std::optional<Joules> energy;  ///< of a step: the power of the inference for as long
  std::string energy_source;
  std::int64_t samples = 0;
  std::int64_t steps = 0;  ///< of an epoch, the last one may be smaller
  std::vector<Warning> warnings;
};

/// What is kept: inputs of products, normalisations and most activations, outputs of Relu, Sigmoid, Tanh and
/// Softmax, both factors of a Mul, places of maxima (8 bytes each); every tensor once, views share their
/// source's. The parameters count 4 bytes each. Exact for eager execution up to what its kernels keep inside.
TrainingMemory training_memory(const layer::LayeredNetwork& network, std::string_view optimiser);

/// Fits to the records of training steps that the store holds of the predictor's device. By rule with fewer
/// than 6 of them.
TrainingFactors fit_training(std::span<const measurement::Record> steps,
                             const predictor::Predictor& predictor, std::string_view optimiser);

/// Pure. O(kernels).
TrainingCost training_cost(const layer::LayeredNetwork& network, const Prediction& prediction,
                           const device::Card& card, const TrainingFactors& factors,
                           const TrainingRequest& request);

}  // namespace forecost::prediction
