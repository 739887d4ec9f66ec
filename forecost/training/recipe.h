// SPDX-License-Identifier: Apache-2.0
/// How a network is trained: data, optimiser, rates, epochs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "forecost/outcome/outcome.h"

namespace forecost::training {

struct Recipe {
  std::string data = "glyphs";  ///< a name of data_list()
  std::string folder;           ///< of the data's files
  std::int64_t train = 0;       ///< images to learn from; 0: see DataRequest
  std::int64_t held_out = 0;    ///< images that judge; 0: likewise
  std::int64_t epochs = 5;
  std::int64_t batch = 64;  ///< images per step
  std::string optimiser = "sgd";
  double learning_rate = 0.02;  ///< of the first step
  double momentum = 0.9;        ///< of sgd
  double weight_decay = 1e-4;   ///< per step, of weights alone
  std::string schedule = "cosine";
  std::int64_t seed = 1;     ///< of first weights, order of images, dropout, drawn images
  std::string save;          ///< folder for trained networks; empty: none is kept
  std::int64_t threads = 1;  ///< more are faster, but results may then differ in the last digits
};

/// A field with its range, for those who read recipes.
struct RecipeField {
  std::string_view name;
  std::variant<std::int64_t Recipe::*, double Recipe::*, std::string Recipe::*> member;
  double low = 0, high = 0;               ///< of numbers, both inclusive
  std::vector<std::string_view> texts{};  ///< that a text may be; empty: any
  /// A parameter of the same name gives its value where the field is not written.
  bool searched = false;

  bool is_text() const { return member.index() == 2; }
};

/// "sgd": with momentum (Polyak 1964), decay added to the gradient. "adam": Kingma and Ba 2015 with decay of
/// its own (Loshchilov and Hutter 2019); `momentum` is not used. Schedules go down to 0 at the last step:
/// "constant" (does not), "cosine" (Loshchilov and Hutter 2017), "step" (a tenth after one half and after
/// three quarters of the steps).
const std::vector<RecipeField>& recipe_fields();
const RecipeField* find_recipe_field(std::string_view name);

/// Fails: `bad_input` naming the field for a number out of range or a text that it may not be.
Status set_field(Recipe& recipe, const RecipeField& field, double number);
Status set_field(Recipe& recipe, const RecipeField& field, const std::string& text);

nlohmann::json to_json(const Recipe& recipe);
/// What is not there keeps its default. Fails: `bad_input` naming the field.
Result<Recipe> recipe_from_json(const nlohmann::json& object);

/// What the learning rate is multiplied with at `progress` from 0 (first step) to 1 (end).
double rate_factor(std::string_view schedule, double progress);

}  // namespace forecost::training
