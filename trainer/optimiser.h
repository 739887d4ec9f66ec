// SPDX-License-Identifier: Apache-2.0
/// The optimisers of a recipe, libtorch's own.
#pragma once

#include <memory>

#include "forecost/training/recipe.h"
#include "trainer/trainable_network.h"

namespace forecost::trainer {

class Optimiser {
 public:
  virtual ~Optimiser() = default;
  /// One step down the gradients at this learning rate; the gradients are gone then.
  virtual void step(double learning_rate) = 0;
};

/// Weight decay acts on tensors of two and more extents: not on biases, scales and shifts.
std::unique_ptr<Optimiser> make_optimiser(const training::Recipe& recipe, const TrainableNetwork& network);

}  // namespace forecost::trainer
