// SPDX-License-Identifier: Apache-2.0
/// Inferences and training steps, timed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "eager/eager_network.h"
#include "forecost/device/runner.h"
#include "forecost/device/system.h"

namespace forecost::eager {

struct StepTimes {
  Seconds whole;
  Seconds forward, backward, update;  ///< of a training step
};

class EagerStep {
 public:
  virtual ~EagerStep() = default;
  /// One inference or training step. On CUDA the clock is read when the device has finished.
  virtual StepTimes run() = 0;
};

/// Forward under no gradients.
std::unique_ptr<EagerStep> inference(const EagerNetwork& network, const device::System& system);
/// Forward, loss, backward, and an update by "sgd" (momentum 0.9) or "adam"; `network` learns. Fails:
/// `unsupported` for another optimiser, or a network without anything to learn.
Result<std::unique_ptr<EagerStep>> training_step(const EagerNetwork& network, const std::string& optimiser,
                                                 const device::System& system);

/// Times of every layer in one forward pass; on CUDA each waits for the device, which adds to small ones.
std::vector<device::NodeTime> layer_times(const EagerNetwork& network, const device::System& system);

/// Waits until the network's device has nothing left to do.
void finish(const EagerNetwork& network);

}  // namespace forecost::eager
