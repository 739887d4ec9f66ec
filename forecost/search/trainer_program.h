// SPDX-License-Identifier: Apache-2.0
/// The built-in trainer as an evaluator: one process of forecost-trainer per trial.
#pragma once

#include <filesystem>
#include <memory>

#include "forecost/device/system.h"
#include "forecost/outcome/outcome.h"
#include "forecost/quantity/quantity.h"
#include "forecost/search/evaluator.h"
#include "forecost/search/known_costs.h"
#include "forecost/search/recipe_maker.h"

namespace forecost::search {

/// $FORECOST_TRAINER, else forecost-trainer beside this program, else on $PATH. Fails: `not_found` saying how
/// to get it.
Result<std::filesystem::path> find_trainer(const device::System& system);

struct TrainerOptions {
  std::filesystem::path program;
  std::shared_ptr<const RecipeMaker> recipe;
  Seconds time_out{0};           ///< of one trial; 0: none
  std::filesystem::path folder;  ///< relative folders of the recipe are of this one
};

/// Trains the network of Task::network (weights need not be in the file) and reports error, loss, accuracy
/// and train_loss on held-out images after each epoch. It is a command_evaluator: a crash, a lack of memory
/// or a loss that is no number fails the trial alone. `system` must outlive the result.
Evaluator trainer_evaluator(TrainerOptions options, const device::System& system);

/// Whether the recipe's data can train the networks of the space, by one that can be built. Fails: as
/// DataEntry::check does.
Status check_trainable(const RecipeMaker& recipe, const NetworkMaker& network, const Space& space,
                       const std::filesystem::path& folder);

}  // namespace forecost::search
