// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/template.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "forecost/outcome/nearest.h"
#include "forecost/search/space_entry.h"
#include "forecost/search/template_layers.h"

namespace forecost::search {
namespace {

constexpr double most_repeats = 1000;
constexpr std::string_view unformatted = "float32";
constexpr std::string_view scope = "layer";  ///< layer 3, second of its repeats: "layer3.1"

std::vector<std::string> strings(const std::vector<std::string_view>& views) {
  return {views.begin(), views.end()};
}

Error at(const Place& place, std::string what, std::string hint) {
  return {Fault::bad_input, std::move(what), to_string(place), std::move(hint)};
}

}  // namespace

Result<Template::Field> Template::parse_field(const TomlNode& node, const Space& space, bool number) {
  Field field;
  if (const std::optional<double> constant = node.number(); constant && number) {
    field.number = *constant;
    return field;
  }
  if (node.kind == TomlNode::Kind::scalar && std::holds_alternative<bool>(node.scalar) && number) {
    field.number = std::get<bool>(node.scalar) ? 1 : 0;
    return field;
  }
  const std::string* text = node.text();
  const bool refers = text != nullptr && text->starts_with("$");
  if (number) {
    if (!refers) {
      return at(node.place, fmt::format("the field is {}", node.what()),
                R"(give a number, or an expression over parameters as "$width" or "$width * 2")");
    }
    std::string expression = *text;
    expression.erase(std::remove(expression.begin(), expression.end(), '$'), expression.end());
    Result<Expression> parsed = Expression::parse(expression, space);
    if (!parsed) return at(node.place, parsed.error().what, parsed.error().hint);
    field.source = Field::Source::expression;
    field.index = expressions_.size();
    expressions_.push_back(*std::move(parsed));
    return field;
  }
  if (text == nullptr) {
    return at(node.place, fmt::format("the field is {}", node.what()), "give a name in quotes");
  }
  field.text = *text;
  if (!refers) return field;
  const std::optional<std::size_t> parameter = space.find(std::string_view(*text).substr(1));
  if (!parameter || space[*parameter].choices.empty()) {
    std::vector<std::string> names;
    for (const Parameter& p : space.parameters()) {
      if (!p.choices.empty()) names.push_back(p.name);
    }
    return at(node.place, fmt::format("'{}' is no parameter with choices", text->substr(1)),
              did_you_mean(text->substr(1), names));
  }
  field.source = Field::Source::parameter;
  field.index = *parameter;
  return field;
}

Result<Template::Layer> Template::parse_layer(const TomlNode& table, const Space& space) {
  TableReader reader(table, "the layer");
  const TomlNode* type = reader.require("type", R"(type = "conv")");
  if (type == nullptr) {
    FORECOST_TRY([[maybe_unused]] const Done done, reader.status());
  }
  std::vector<std::string> names;
  for (const LayerRule& rule : layer_rules()) names.emplace_back(rule.name);
  const std::string wanted = reader.text("type", "");
  const LayerRule* rule = find_layer_rule(wanted);
  if (rule == nullptr) {
    return at(type->place, fmt::format("there is no layer '{}'", wanted), did_you_mean(wanted, names));
  }
  Layer layer;
  layer.type = wanted;
  layer.where = to_string(table.place);
  layer.repeat.number = 1;
  for (const FieldRule& field : rule->fields) {
    const TomlNode* node = field.required ? reader.require(field.name, fmt::format("{} = ...", field.name))
                                          : reader.find(field.name);
    if (node == nullptr) {
      layer.fields[std::string(field.name)] = {.number = field.fallback, .text = std::string(field.text)};
      continue;
    }
    FORECOST_TRY(Field value, parse_field(*node, space, !field.takes_text()));
    const auto texts = strings(field.texts);
    if (field.takes_text() && value.source != Field::Source::expression) {
      const auto given = value.source == Field::Source::parameter ? texts_[value.index]
                                                                  : std::vector<std::string>{value.text};
      for (const std::string& text : given) {
        if (std::find(texts.begin(), texts.end(), text) != texts.end()) continue;
        return at(node->place, fmt::format("'{}' cannot be '{}'", field.name, text),
                  did_you_mean(text, texts));
      }
    }
    layer.fields[std::string(field.name)] = std::move(value);
  }
  if (const TomlNode* repeat = reader.find("repeat")) {
    FORECOST_TRY(layer.repeat, parse_field(*repeat, space, true));
  }
  FORECOST_TRY([[maybe_unused]] const Done done, reader.status());
  return layer;
}

Result<Template> Template::parse(const TomlNode& table, const Space& space) {
  Template result;
  for (const Parameter& parameter : space.parameters()) result.texts_.push_back(parameter.plain_choices());
  TableReader reader(table, "[network]");
  result.name_ = reader.text("name", "network");
  result.batch_ = reader.integer("batch", 1, 1, 1 << 20);
  const TomlNode* input = reader.require("input", "input = [channels, height, width]");
  const TomlNode* layers = reader.require("layers", R"(layers = [{ type = "linear", features = 10 }])");
  FORECOST_TRY([[maybe_unused]] const Done done, reader.status());
  for (const TomlNode& extent : input->items) {
    const std::optional<double> number = extent.number();
    if (!number || !(*number >= 1 && *number <= 1 << 20)) {
      return at(extent.place, "an extent of the input is no whole number from 1 on", "give [3, 32, 32]");
    }
    result.input_.push_back(std::llround(*number));
  }
  if (result.input_.size() != 3 && result.input_.size() != 1) {
    return at(input->place, fmt::format("the input has {} extents", result.input_.size()),
              "give [channels, height, width] of an image, or [features]; the batch comes before by itself");
  }
  for (const TomlNode& layer : layers->items) {
    FORECOST_TRY(Layer parsed, result.parse_layer(layer, space));
    result.layers_.push_back(std::move(parsed));
  }
  if (result.layers_.empty()) {
    return at(layers->place, "the network has no layers", R"(add { type = "linear", features = 10 })");
  }
  return result;
}

double Template::number_in(const Field& field, const Design& design) const {
  return field.source == Field::Source::expression ? expressions_[field.index].value(design) : field.number;
}

std::string Template::text_in(const Field& field, const Design& design) const {
  if (field.source != Field::Source::parameter) return field.text;
  const double code = design.values[field.index];
  // A parameter that is not active says nothing; its first choice keeps the network defined.
  return texts_[field.index][std::isnan(code) ? 0 : static_cast<std::size_t>(code)];
}

Result<network::Value> Template::grown(network::Builder& builder, network::Value x, std::size_t index,
                                       const Design& design) const {
  const Layer& layer = layers_[index];
  const LayerRule& rule = *find_layer_rule(layer.type);
  const auto refused = [&](const std::string& what, const std::string& hint) {
    return Error{Fault::bad_input, fmt::format("layer {} ({}): {}", index + 1, layer.type, what), layer.where,
                 hint};
  };
  FieldValues values;
  for (const FieldRule& field : rule.fields) {
    const Field& given = layer.fields.find(field.name)->second;
    if (field.takes_text()) {
      values.texts[std::string(field.name)] = text_in(given, design);
      continue;
    }
    const double raw = number_in(given, design);
    const double number = field.whole ? std::nearbyint(raw) : raw;
    if (!(number >= field.low && number <= field.high)) {
      return refused(fmt::format("{} is {}", field.name, raw),
                     fmt::format("it must be {} ... {}", field.low, field.high));
    }
    values.numbers[std::string(field.name)] = number;
  }
  const double repeats = std::nearbyint(number_in(layer.repeat, design));
  if (!(repeats >= 0 && repeats <= most_repeats)) {
    return refused(fmt::format("repeat is {}", repeats), fmt::format("it must be 0 ... {}", most_repeats));
  }
  for (std::int64_t r = 0; r < std::llround(repeats); ++r) {
    builder.scope(fmt::format("{}{}.{}", scope, index + 1, r));
    // Only the first of a stage shrinks the image.
    if (r == 1 && values.numbers.contains("stride")) values.numbers["stride"] = 1;
    Result<network::Value> built = rule.build(builder, x, values);
    if (!built) return refused(built.error().what, built.error().hint);
    x = *std::move(built);
  }
  return x;
}

Result<network::Network> Template::build(const Design& design) const {
  network::Builder builder(name_);
  network::Shape shape{batch_};
  shape.insert(shape.end(), input_.begin(), input_.end());
  network::Value x = builder.input("input", shape);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    FORECOST_TRY(x, grown(builder, x, i, design));
  }
  builder.output(x, "output");
  return builder.finish();
}

bool Template::formats_weights() const {
  return std::any_of(layers_.begin(), layers_.end(), [](const Layer& layer) {
    const auto field = layer.fields.find("weights");
    return field != layer.fields.end() &&
           (field->second.source == Field::Source::parameter || field->second.text != unformatted);
  });
}

const layer::WeightFormat* Template::weights(const Design& design, std::string_view node) const {
  const auto number = number_behind(scope, node);
  if (!number || *number == 0 || *number > layers_.size()) return nullptr;
  const Layer& layer = layers_[*number - 1];
  const auto field = layer.fields.find("weights");
  if (field == layer.fields.end()) return nullptr;
  const auto format = layer::find_weight_format(text_in(field->second, design));
  return format ? *format : nullptr;
}

std::vector<std::size_t> Template::parameters_of(const Layer& layer) const {
  std::set<std::size_t> indexes;
  const auto add = [&](const Field& field) {
    if (field.source == Field::Source::parameter) indexes.insert(field.index);
    if (field.source != Field::Source::expression) return;
    for (const std::size_t index : expressions_[field.index].parameters()) indexes.insert(index);
  };
  for (const auto& field : layer.fields) add(field.second);
  add(layer.repeat);
  return {indexes.begin(), indexes.end()};
}

std::vector<std::size_t> Template::parameters() const {
  std::set<std::size_t> indexes;
  for (const Layer& layer : layers_) {
    for (const std::size_t index : parameters_of(layer)) indexes.insert(index);
  }
  return {indexes.begin(), indexes.end()};
}

Chain Template::chain(std::shared_ptr<const Template> network) {
  Chain chain;
  chain.input = {network->batch_};
  chain.input.insert(chain.input.end(), network->input_.begin(), network->input_.end());
  for (const Layer& layer : network->layers_) chain.parameters.push_back(network->parameters_of(layer));
  chain.pass = [network = std::move(network)](std::size_t link, const network::Shape& before,
                                              const Design& design) -> Result<network::Shape> {
    network::Builder builder(network->name_);
    const network::Value x = builder.input("input", before);
    FORECOST_TRY(const network::Value after, network->grown(builder, x, link, design));
    return after.shape;
  };
  chain.link_of = [](std::string_view node) -> std::optional<std::size_t> {
    const auto number = number_behind(scope, node);
    return number && *number > 0 ? std::optional(*number - 1) : std::nullopt;
  };
  return chain;
}

}  // namespace forecost::search
