// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/recipe_maker.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "forecost/outcome/nearest.h"
#include "forecost/training/data_entry.h"

namespace forecost::search {
namespace {

using training::RecipeField;

Error at(const Place& place, const Error& error) {
  return {Fault::bad_input, error.what, to_string(place), error.hint};
}

Status check_data(const std::string& name) {
  if (training::find_data(name) != nullptr) return Done{};
  std::vector<std::string> names;
  for (const training::DataEntry& entry : training::data_list()) names.emplace_back(entry.name);
  return Error{Fault::bad_input, fmt::format("there are no data '{}'", name), "", did_you_mean(name, names)};
}

}  // namespace

Status RecipeMaker::add_searched(const std::string& text, const RecipeField& field, const Space& space) {
  Searched searched{.field = &field};
  if (!field.is_text()) {
    std::string expression = text;
    expression.erase(std::remove(expression.begin(), expression.end(), '$'), expression.end());
    FORECOST_TRY(Expression parsed, Expression::parse(expression, space));
    searched.expression = expressions_.size();
    if (text == "$" + std::string(field.name)) searched.parameter = space.find(field.name);
    expressions_.push_back(std::move(parsed));
  } else {
    const auto parameter = space.find(std::string_view(text).substr(1));
    if (field.texts.empty() || !parameter || space[*parameter].choices.empty()) {
      return Error{Fault::bad_input, fmt::format("'{}' is no parameter with choices", text.substr(1)), "",
                   fmt::format("write {} itself", field.name)};
    }
    searched.parameter = *parameter;
    searched.choices = space[*parameter].plain_choices();
    training::Recipe probe;
    for (const std::string& choice : searched.choices) {
      FORECOST_TRY([[maybe_unused]] const Done fits, set_field(probe, field, choice));
    }
  }
  searched_.push_back(std::move(searched));
  return Done{};
}

Status RecipeMaker::read_field(const TomlNode& node, const RecipeField& field, const Space& space) {
  if (const std::string* text = node.text()) {
    if (text->starts_with("$")) return add_searched(*text, field, space);
    return set_field(base_, field, *text);
  }
  const auto number = node.number();
  if (number) return set_field(base_, field, *number);
  return Error{Fault::bad_input, fmt::format("'{}' is {}", field.name, node.what()), "",
               "give a number, a text, or an expression over parameters as \"$rate\""};
}

Result<RecipeMaker> RecipeMaker::parse(const TomlNode& node, const Space& space) {
  RecipeMaker maker;
  if (const std::string* data = node.text()) {
    maker.base_.data = *data;
    const Status known = check_data(*data);
    if (!known) return at(node.place, known.error());
  }
  const TomlNode empty{
      .kind = TomlNode::Kind::table, .scalar = {}, .items = {}, .keys = {}, .place = node.place};
  TableReader reader(node.text() != nullptr ? empty : node, "the trainer");
  for (const RecipeField& field : training::recipe_fields()) {
    const TomlNode* written = reader.find(field.name);
    if (written != nullptr) {
      const Status read = maker.read_field(*written, field, space);
      if (!read) return at(written->place, read.error());
      const Status known = field.name == "data" ? check_data(maker.base_.data) : Status(Done{});
      if (!known) return at(written->place, known.error());
    } else if (field.searched && space.find(field.name)) {
      const Status added = maker.add_searched("$" + std::string(field.name), field, space);
      if (!added) return at(node.place, added.error());
    }
  }
  FORECOST_TRY([[maybe_unused]] const Done done, reader.status());
  return maker;
}

Result<training::Recipe> RecipeMaker::operator()(const Design& design) const {
  training::Recipe recipe = base_;
  for (const Searched& searched : searched_) {
    const RecipeField& field = *searched.field;
    if (searched.parameter && std::isnan(design.values[*searched.parameter])) continue;
    if (field.is_text()) {
      const auto code = static_cast<std::size_t>(design.values[*searched.parameter]);
      FORECOST_TRY([[maybe_unused]] const Done set, set_field(recipe, field, searched.choices[code]));
      continue;
    }
    double value = expressions_[searched.expression].value(design);
    if (field.member.index() == 0) value = std::round(value);
    FORECOST_TRY([[maybe_unused]] const Done set, set_field(recipe, field, value));
  }
  return recipe;
}

}  // namespace forecost::search
