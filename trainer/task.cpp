// SPDX-License-Identifier: Apache-2.0
#include "trainer/task.h"

#include <exception>
#include <filesystem>
#include <new>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/network/reader.h"
#include "forecost/network/writer.h"
#include "forecost/training/data_entry.h"
#include "forecost/training/recipe.h"
#include "trainer/training.h"

namespace forecost::trainer {
namespace {

using nlohmann::json;

struct Task {
  std::int64_t trial = 0;
  std::string network;
  training::Recipe recipe;
};

Result<Task> read_task(const std::string& text) {
  const json object = json::parse(text, nullptr, false);
  const Error wrong{Fault::bad_input, "the task is no JSON object with network and recipe", "standard input",
                    "let forecost search start the trainer"};
  if (!object.is_object() || !object.contains("network") || !object["network"].is_string()) return wrong;
  Task task;
  if (object.contains("trial") && object["trial"].is_number_integer()) {
    task.trial = object["trial"].get<std::int64_t>();
  }
  task.network = object["network"].get<std::string>();
  FORECOST_TRY(task.recipe, training::recipe_from_json(object.value("recipe", json::object())));
  return task;
}

Result<training::ImageData> data_for(const network::Network& network, const training::Recipe& recipe) {
  const training::DataEntry* entry = training::find_data(recipe.data);
  if (entry == nullptr) {
    return Error{Fault::not_found, fmt::format("there are no data '{}'", recipe.data), "",
                 "see forecost list data"};
  }
  FORECOST_TRY(training::DataRequest request, training::request_for(network));
  request.folder = recipe.folder;
  request.train = recipe.train;
  request.held_out = recipe.held_out;
  request.seed = static_cast<std::uint64_t>(recipe.seed);
  return entry->load(request);
}

json metrics_of(const Score& score) {
  return {{"error", score.error},
          {"loss", score.loss},
          {"accuracy", 1 - score.error},
          {"train_loss", score.train_loss}};
}

Status save(const TrainableNetwork& network, const Task& task) {
  if (task.recipe.save.empty()) return Done{};
  const std::filesystem::path folder = task.recipe.save;
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  return network::write(network.with_weights(), folder / fmt::format("trial{}.onnx", task.trial));
}

Status run(const std::string& text, const std::function<void(const json&)>& say) {
  FORECOST_TRY(const Task task, read_task(text));
  FORECOST_TRY(const network::Network read, network::read(task.network));
  FORECOST_TRY(const training::ImageData data, data_for(read, task.recipe));
  FORECOST_TRY(TrainableNetwork network,
               TrainableNetwork::make(read, static_cast<std::uint64_t>(task.recipe.seed)));
  const auto told = [&say](std::int64_t epoch, const Score& score) {
    say({{"step", epoch}, {"metrics", metrics_of(score)}});
    return true;
  };
  FORECOST_TRY(const Score score, train(network, data, task.recipe, told));
  FORECOST_TRY([[maybe_unused]] const Done saved, save(network, task));
  say({{"metrics", metrics_of(score)}});
  return Done{};
}

}  // namespace

void run_task(const std::string& task, const std::function<void(const json&)>& say) {
  try {
    const Status done = run(task, say);
    if (!done) say({{"failure", to_string(done.error())}});
  } catch (const std::bad_alloc&) {
    say({{"failure", "the memory does not suffice"}});
  } catch (const std::exception& problem) {
    say({{"failure", problem.what()}});
  }
}

}  // namespace forecost::trainer
