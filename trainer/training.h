// SPDX-License-Identifier: Apache-2.0
/// Learning by gradient descent, epoch by epoch.
#pragma once

#include <cstdint>
#include <functional>

#include "forecost/outcome/outcome.h"
#include "forecost/training/images.h"
#include "forecost/training/recipe.h"
#include "trainer/trainable_network.h"

namespace forecost::trainer {

/// On images that the network did not learn from, but for `train_loss`.
struct Score {
  double error = 1;       ///< share of images whose largest output is not their class
  double loss = 0;        ///< mean cross-entropy, nats
  double train_loss = 0;  ///< mean over the steps of the epoch
};

/// Told after each epoch, 1, 2, ...; false ends the training.
using EpochEnd = std::function<bool(std::int64_t epoch, const Score& score)>;

/// Brightness is standardised per channel by the images that are learned from; their order is drawn anew in
/// each epoch; a last batch that is not full is left out. With one thread the same arguments give the same
/// bits on one machine. The result is the score after the last epoch.
/// Fails: `failed` when the loss is no longer a finite number, naming epoch and step; `unsupported` for what
/// libtorch refuses, with its words.
Result<Score> train(TrainableNetwork& network, const training::ImageData& data,
                    const training::Recipe& recipe, const EpochEnd& epoch_end);

}  // namespace forecost::trainer
