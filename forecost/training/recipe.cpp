// SPDX-License-Identifier: Apache-2.0
#include "forecost/training/recipe.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/outcome/nearest.h"

namespace forecost::training {
namespace {

Error out_of_range(const RecipeField& field, double number) {
  return {Fault::bad_input, fmt::format("{} is {}", field.name, number), std::string(field.name),
          fmt::format("give {} {} ... {}", field.member.index() == 0 ? "a whole number" : "a number",
                      field.low, field.high)};
}

Error wrong_kind(const RecipeField& field) {
  return {Fault::bad_input, fmt::format("{} takes {}", field.name, field.is_text() ? "a text" : "a number"),
          std::string(field.name), field.is_text() ? "write it in quotes" : "write it without quotes"};
}

}  // namespace

const std::vector<RecipeField>& recipe_fields() {
  static const std::vector<RecipeField> table = {
      {"data", &Recipe::data},
      {"folder", &Recipe::folder},
      {"train", &Recipe::train, 0, 1e7},
      {"held_out", &Recipe::held_out, 0, 1e7},
      {"epochs", &Recipe::epochs, 1, 1e5, {}, true},
      {"batch", &Recipe::batch, 1, 1e5, {}, true},
      {"optimiser", &Recipe::optimiser, 0, 0, {"sgd", "adam"}, true},
      {"learning_rate", &Recipe::learning_rate, 0, 1e3, {}, true},
      {"momentum", &Recipe::momentum, 0, 0.9999, {}, true},
      {"weight_decay", &Recipe::weight_decay, 0, 10, {}, true},
      {"schedule", &Recipe::schedule, 0, 0, {"cosine", "constant", "step"}, true},
      {"save", &Recipe::save},
      {"seed", &Recipe::seed, 0, 9e15},
      {"threads", &Recipe::threads, 1, 1024}};
  return table;
}

const RecipeField* find_recipe_field(std::string_view name) {
  const auto& table = recipe_fields();
  const auto found =
      std::find_if(table.begin(), table.end(), [name](const RecipeField& f) { return f.name == name; });
  return found == table.end() ? nullptr : &*found;
}

Status set_field(Recipe& recipe, const RecipeField& field, double number) {
  if (field.is_text()) return wrong_kind(field);
  if (!(number >= field.low && number <= field.high)) return out_of_range(field, number);
  if (const auto* whole = std::get_if<std::int64_t Recipe::*>(&field.member)) {
    if (number != std::floor(number)) return out_of_range(field, number);
    recipe.*(*whole) = static_cast<std::int64_t>(number);
  } else {
    recipe.*std::get<double Recipe::*>(field.member) = number;
  }
  return Done{};
}

Status set_field(Recipe& recipe, const RecipeField& field, const std::string& text) {
  if (!field.is_text()) return wrong_kind(field);
  if (!field.texts.empty() && std::find(field.texts.begin(), field.texts.end(), text) == field.texts.end()) {
    const std::vector<std::string> texts(field.texts.begin(), field.texts.end());
    return Error{Fault::bad_input, fmt::format("there is no {} '{}'", field.name, text),
                 std::string(field.name), did_you_mean(text, texts)};
  }
  recipe.*std::get<std::string Recipe::*>(field.member) = text;
  return Done{};
}

nlohmann::json to_json(const Recipe& recipe) {
  nlohmann::json object = nlohmann::json::object();
  for (const RecipeField& field : recipe_fields()) {
    std::visit([&](const auto member) { object[std::string(field.name)] = recipe.*member; }, field.member);
  }
  return object;
}

Result<Recipe> recipe_from_json(const nlohmann::json& object) {
  if (!object.is_object()) {
    return Error{Fault::bad_input, "the recipe is no JSON object", "", R"(give {"epochs": 5})"};
  }
  Recipe recipe;
  for (const auto& item : object.items()) {
    const RecipeField* field = find_recipe_field(item.key());
    if (field == nullptr) {
      std::vector<std::string> names;
      for (const RecipeField& known : recipe_fields()) names.emplace_back(known.name);
      return Error{Fault::bad_input, fmt::format("the recipe has no field '{}'", item.key()), item.key(),
                   did_you_mean(item.key(), names)};
    }
    if (item.value().is_number()) {
      FORECOST_TRY([[maybe_unused]] const Done set, set_field(recipe, *field, item.value().get<double>()));
    } else if (item.value().is_string()) {
      FORECOST_TRY([[maybe_unused]] const Done set,
                   set_field(recipe, *field, item.value().get<std::string>()));
    } else {
      return wrong_kind(*field);
    }
  }
  return recipe;
}

double rate_factor(std::string_view schedule, double progress) {
  if (schedule == "cosine") return 0.5 * (1 + std::cos(std::numbers::pi * std::clamp(progress, 0.0, 1.0)));
  if (schedule == "step") return progress < 0.5 ? 1 : progress < 0.75 ? 0.1 : 0.01;
  return 1;
}

}  // namespace forecost::training
