// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/trainer_program.h"

#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "forecost/device/program_search.h"
#include "forecost/numeric/random.h"
#include "forecost/training/data_entry.h"

namespace forecost::search {
namespace {

/// A design of the space whose network can be built; the space's middle first.
std::optional<network::Network> some_network(const NetworkMaker& network, const Space& space) {
  constexpr int attempts = 100;
  numeric::Random random(1);
  std::vector<double> unit(space.size(), 0.5);
  for (int i = 0; i < attempts; ++i) {
    Result<network::Network> built = network(space.decode(unit));
    if (built) return *std::move(built);
    for (double& value : unit) value = random.uniform();
  }
  return std::nullopt;
}

}  // namespace

Result<std::filesystem::path> find_trainer(const device::System& system) {
  return device::find_program(
      system, {.name = "forecost-trainer",
               .variable = "FORECOST_TRAINER",
               .absent = "this build has no trainer: it was made without libtorch",
               .hint = "run make trainer (it installs libtorch-dev), or let a program of yours train: "
                       "[objective] command = \"python3 train.py\""});
}

Evaluator trainer_evaluator(TrainerOptions options, const device::System& system) {
  CommandOptions command{{options.program.string(), "trial"}, options.time_out, options.folder, {}};
  command.recipe = [recipe = std::move(options.recipe)](const Design& design) -> Result<std::string> {
    FORECOST_TRY(const training::Recipe made, (*recipe)(design));
    return to_json(made).dump();
  };
  return command_evaluator(std::move(command), system);
}

Status check_trainable(const RecipeMaker& recipe, const NetworkMaker& network, const Space& space,
                       const std::filesystem::path& folder) {
  const training::Recipe& base = recipe.base();
  const training::DataEntry* entry = training::find_data(base.data);
  FORECOST_EXPECTS(entry != nullptr, "the data of a recipe exist");
  const auto some = some_network(network, space);
  if (!some) return Done{};  // each trial will say why it cannot be built
  FORECOST_TRY(training::DataRequest request, training::request_for(*some));
  request.folder = folder / base.folder;
  request.train = base.train;
  request.held_out = base.held_out;
  return entry->check(request);
}

}  // namespace forecost::search
