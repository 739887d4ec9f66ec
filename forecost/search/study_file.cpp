// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/study_file.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <limits>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "forecost/outcome/nearest.h"
#include "forecost/search/limit_text.h"
#include "forecost/search/space_entry.h"
#include "forecost/search/strategy.h"
#include "forecost/search/study_parameters.h"
#include "forecost/search/template.h"
#include "forecost/search/toml_tree.h"

namespace forecost::search {
namespace {

using nlohmann::json;

Error at(const Place& place, const Error& error) {
  return {error.fault, error.what, to_string(place), error.hint};
}

Error at(const Place& place, std::string what, std::string hint) {
  return {Fault::bad_input, std::move(what), to_string(place), std::move(hint)};
}

Status read_strategy(const TomlNode* node, StudyFile& study) {
  study.strategy = strategy_list().front().name;
  study.strategy_options = json::object();
  if (node == nullptr) return Done{};
  Place place = node->place;
  if (const std::string* name = node->text()) {
    study.strategy = *name;
  } else if (const TomlNode* named = node->find("name"); named != nullptr && named->text() != nullptr) {
    study.strategy = *named->text();
    study.strategy_options = node->json();
    study.strategy_options.erase("name");
    place = named->place;
  } else {
    return at(place, "[strategy] has no name",
              R"(write strategy = "random", or name = "random" in [strategy])");
  }
  const StrategyEntry* entry = find_strategy(study.strategy);
  if (entry == nullptr) {
    std::vector<std::string> names;
    for (const StrategyEntry& known : strategy_list()) names.emplace_back(known.name);
    return at(place, fmt::format("there is no strategy '{}'", study.strategy),
              did_you_mean(study.strategy, names));
  }
  const auto made = entry->make(study.strategy_options);
  if (!made) return at(place, made.error());
  return Done{};
}

Status read_early_stop(const TomlNode* node, StudyFile& study) {
  if (node == nullptr) return Done{};
  StopRuleOptions& options = study.early_stop;
  Place place = node->place;
  if (const std::string* name = node->text()) {
    options.rule = *name;
  } else {
    TableReader reader(*node, "[early_stop]");
    const TomlNode* rule = reader.require("rule", R"(rule = "median")");
    options.rule = reader.text("rule", "none");
    options.steps = reader.integer("steps", options.steps, 1, 1'000'000'000);
    options.trials = reader.integer("trials", options.trials, 1, 1'000'000);
    options.reduction = reader.integer("reduction", options.reduction, 2, 1000);
    options.chance = reader.number("chance", options.chance, -1e300, 1e300);
    options.probability = reader.number("probability", options.probability, 0, 1);
    options.horizon = reader.integer("horizon", options.horizon, 0, 1'000'000'000);
    FORECOST_TRY([[maybe_unused]] const Done done, reader.status());
    place = rule->place;
  }
  const auto made = make_stop_rule(options);
  if (!made) return at(place, made.error().what, made.error().hint);
  return Done{};
}

Status read_network(const TomlNode* node, const TomlNode* parameters, StudyFile& study) {
  std::vector<Parameter> start;
  const SpaceEntry* entry = nullptr;
  if (node != nullptr && node->find("space") != nullptr) {
    TableReader reader(*node, "[network]");
    const std::string name = reader.text("space", "");
    FORECOST_TRY([[maybe_unused]] const Done known, reader.status());
    entry = find_space(name);
    if (entry == nullptr) {
      std::vector<std::string> names;
      for (const SpaceEntry& one : space_list()) names.emplace_back(one.name);
      return at(node->find("space")->place, fmt::format("there is no built-in space '{}'", name),
                did_you_mean(name, names));
    }
    const Space space = entry->space();
    start.assign(space.parameters().begin(), space.parameters().end());
    study.network_name = name;
  }
  FORECOST_TRY(study.space, read_parameters(parameters, std::move(start), study.name));
  if (entry != nullptr) {
    const Space own = entry->space();
    const auto& training = entry->training;
    for (std::size_t i = 0; i < own.size(); ++i) {
      if (std::find(training.begin(), training.end(), own[i].name) == training.end()) {
        study.network_parameters.push_back(i);
      }
    }
    study.network = [entry, space = study.space](const Design& design) {
      return entry->build(space, design);
    };
    if (entry->chain != nullptr) study.chain = entry->chain(study.space);
  } else if (node != nullptr) {
    FORECOST_TRY(Template parsed, Template::parse(*node, study.space));
    study.network_parameters = parsed.parameters();
    const auto shared = std::make_shared<const Template>(std::move(parsed));
    study.network = [shared](const Design& design) { return shared->build(design); };
    study.chain = Template::chain(shared);
    if (shared->formats_weights()) {
      study.weights = [shared](const Design& design, std::string_view layer) {
        return shared->weights(design, layer);
      };
    }
    study.network_name = "template";
  }
  return Done{};
}

Status read_trainer(const TomlNode& node, StudyFile& study) {
  if (study.weights) {
    return at(node.place, "the trainer trains with float32 weights",
              "leave weights out of the layers, or train with a command of your own");
  }
  if (!study.network) {
    return at(node.place, "the trainer needs a network",
              "add [network] with layers, or with space = \"NAME\"");
  }
  FORECOST_TRY(RecipeMaker recipe, RecipeMaker::parse(node, study.space));
  study.objective.recipe = std::make_shared<const RecipeMaker>(std::move(recipe));
  return Done{};
}

Status read_time_out(const TomlNode& node, StudyFile& study) {
  const std::string* text = node.text();
  if (text == nullptr || text->empty()) return Done{};
  const auto parsed = parse_measured(*text);
  if (!parsed || parsed->unit.empty() || !(parsed->value > 0)) {
    return at(node.place, fmt::format("\"{}\" is no duration", *text),
              R"(write time_out = "90 s", "10 min" or "2 h")");
  }
  study.objective.time_out = Seconds(parsed->value);
  return Done{};
}

Status read_objective(const TomlNode* node, StudyFile& study) {
  if (node == nullptr) return Done{};
  TableReader reader(*node, "[objective]");
  ObjectiveSource& objective = study.objective;
  const TomlNode* trainer = reader.find("trainer");
  const bool command = reader.has("command");
  objective.command = reader.texts("command");
  reader.text("time_out", "");
  const std::string table = reader.text("table", "");
  objective.known = reader.texts("known");
  FORECOST_TRY([[maybe_unused]] const Done done, reader.status());
  const int kinds = (command ? 1 : 0) + (table.empty() ? 0 : 1) + (trainer == nullptr ? 0 : 1);
  if (kinds != 1 || (command && objective.command.empty())) {
    return at(node->place, "[objective] needs one of command, table and trainer",
              R"(write command = "python3 train.py", table = "results.csv" or trainer = "glyphs")");
  }
  if (table.empty() && !objective.known.empty()) {
    return at(node->find("known")->place, "'known' names columns of a table, but the objective is none",
              "leave it away: latency, memory, parameters, operations and macs are known by themselves");
  }
  if (const TomlNode* time_out = node->find("time_out")) {
    FORECOST_TRY([[maybe_unused]] const Done read, read_time_out(*time_out, study));
  }
  if (command) {
    objective.kind = ObjectiveSource::Kind::command;
  } else if (trainer != nullptr) {
    objective.kind = ObjectiveSource::Kind::trainer;
    return read_trainer(*trainer, study);
  } else {
    objective.kind = ObjectiveSource::Kind::table;
    const std::filesystem::path file(table);
    objective.table = file.is_absolute() ? file : study.folder / file;
  }
  return Done{};
}

/// A metric's source before a trial; nothing where it is learned from trials.
Result<std::optional<KnownSource>> source_of(const std::string& metric, const StudyFile& study) {
  const auto& columns = study.objective.known;
  if (std::find(columns.begin(), columns.end(), metric) != columns.end()) {
    KnownSource source;
    source.kind = KnownSource::Kind::column;
    source.column = metric;
    return std::optional(source);
  }
  const std::size_t at_sign = metric.find('@');
  const std::optional<CostKind> cost = cost_of_metric(metric);
  if (!cost || (!study.network && study.objective.kind == ObjectiveSource::Kind::table)) {
    return std::optional<KnownSource>();
  }
  if (!study.network) {
    if (at_sign == std::string::npos) return std::optional<KnownSource>();
    return Error{Fault::bad_input, fmt::format("'{}' needs a network", metric), "",
                 "add [network] to the study"};
  }
  KnownSource source;
  source.cost = *cost;
  if (!needs_device(*cost)) {
    if (at_sign == std::string::npos) return std::optional(source);
    return Error{Fault::bad_input, fmt::format("{} are the same on every device", name_of(*cost)), "",
                 fmt::format("write {} without @", name_of(*cost))};
  }
  if (at_sign != std::string::npos) {
    source.device = metric.substr(at_sign + 1);
    if (std::find(study.devices.begin(), study.devices.end(), source.device) == study.devices.end()) {
      return Error{Fault::bad_input,
                   fmt::format("device '{}' is not among the study's devices", source.device), "",
                   did_you_mean(source.device, study.devices)};
    }
  } else if (study.devices.size() == 1) {
    source.device = study.devices.front();
  } else {
    return Error{Fault::bad_input, fmt::format("'{}' of which device?", metric), "",
                 study.devices.empty() ? R"(add devices = ["this-t2"]; forecost devices lists them)"
                                       : fmt::format("write {}@{}", metric, study.devices.front())};
  }
  return std::optional(source);
}

bool made_of(std::string_view text, std::string_view more) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [more](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || more.find(c) != std::string_view::npos;
  });
}

/// "error" or "latency@server-t2": what is left of "@" has no sign of arithmetic.
bool is_metric(std::string_view text) {
  const std::size_t at_sign = text.find('@');
  const std::string_view name = text.substr(0, at_sign);
  if (!made_of(name, "_") || std::isdigit(static_cast<unsigned char>(name.front())) != 0) return false;
  return at_sign == std::string_view::npos || made_of(text.substr(at_sign + 1), "_-.");
}

Result<std::shared_ptr<const Expression>> shared_expression(const std::string& text, const Space& space) {
  FORECOST_TRY(Expression parsed, Expression::parse(text, space));
  return std::shared_ptr<const Expression>(std::make_shared<Expression>(std::move(parsed)));
}

Status add_limit(const std::string& text, StudyFile& study) {
  FORECOST_TRY(const LimitText parts, split_limit(text));
  Limit limit;
  limit.at_most = parts.at_most;
  const bool metric = is_metric(parts.left) && !study.space.find(parts.left) && parse_measured(parts.right);
  if (metric) {
    FORECOST_TRY(const Measured bound, parse_measured(parts.right));
    FORECOST_TRY(std::optional<KnownSource> source, source_of(parts.left, study));
    limit.metric = parts.left;
    limit.bound = bound.value;
    limit.unit = bound.unit;
    limit.known = source.has_value();
    if (source) study.known.push_back(*std::move(source));
    study.limits.push_back(std::move(limit));
    return Done{};
  }
  if (is_metric(parts.left) && !study.space.find(parts.left)) {
    const auto number = parse_measured(parts.right);
    if (!std::isalpha(static_cast<unsigned char>(parts.right.front()))) return number.error();
  }
  KnownSource rule;
  rule.kind = KnownSource::Kind::expression;
  FORECOST_TRY(rule.left, shared_expression(parts.left, study.space));
  limit.known = true;
  limit.metric = parts.left;
  const Result<Measured> bound = parse_measured(parts.right);
  if (bound && bound->unit.empty()) {
    limit.bound = bound->value;
  } else {
    FORECOST_TRY(rule.right, shared_expression(parts.right, study.space));
    limit.metric = fmt::format("{} - ({})", parts.left, parts.right);
  }
  study.known.push_back(std::move(rule));
  study.limits.push_back(std::move(limit));
  return Done{};
}

Status read_limits(const TomlNode* node, StudyFile& study) {
  if (node == nullptr) return Done{};
  if (node->kind != TomlNode::Kind::list) {
    return at(node->place, fmt::format("'limits' is {}", node->what()),
              R"(write limits = ["latency <= 5 ms"])");
  }
  for (const TomlNode& item : node->items) {
    const std::string* text = item.text();
    if (text == nullptr)
      return at(item.place, fmt::format("a limit is {}", item.what()), "write it in quotes");
    const Status added = add_limit(*text, study);
    if (!added) return at(item.place, added.error());
  }
  return Done{};
}

Status read_objectives(const TomlNode& root, StudyFile& study) {
  std::vector<KnownSource> known;
  for (std::size_t i = 0; i < root.keys.size(); ++i) {
    const bool minimise = root.keys[i] == "minimise";
    if (!minimise && root.keys[i] != "maximise") continue;
    const TomlNode& node = root.items[i];
    const std::vector<TomlNode> single{node};
    for (const TomlNode& item : node.kind == TomlNode::Kind::list ? node.items : single) {
      const std::string* text = item.text();
      const auto objective = parse_objective(text == nullptr ? "" : *text, minimise);
      if (!objective) return at(item.place, objective.error());
      if (!is_metric(objective->metric)) {
        return at(item.place, "an objective is the name of a metric", R"(write minimise = ["error"])");
      }
      const auto source = source_of(objective->metric, study);
      if (!source) return at(item.place, source.error());
      if (*source) {
        study.known_objectives.push_back(study.objectives.size());
        known.push_back(**source);
      }
      study.objectives.push_back(*objective);
    }
  }
  study.known.insert(study.known.end(), known.begin(), known.end());
  if (!study.objectives.empty()) return Done{};
  return at(root.place, "the study has no objective",
            R"(add minimise = ["error"] or maximise = ["accuracy"])");
}

Status read_root(const TomlNode& root, StudyFile& study) {
  TableReader reader(root, "the study");
  study.name = reader.text("name", study.name);
  study.trials = reader.integer("trials", 50, 1, 100'000'000);
  study.seed =
      static_cast<std::uint64_t>(reader.integer("seed", 1, 0, std::numeric_limits<std::int64_t>::max()));
  study.confidence = reader.number("confidence", 0.5, 0.01, 0.9999);
  study.devices = reader.texts("devices");
  reader.find("minimise");
  reader.find("maximise");
  const TomlNode* strategy = reader.find("strategy");
  const TomlNode* parameters = reader.find("parameters");
  const TomlNode* network = reader.find("network");
  const TomlNode* limits = reader.find("limits");
  const TomlNode* objective = reader.find("objective");
  const TomlNode* early_stop = reader.find("early_stop");
  FORECOST_TRY([[maybe_unused]] const Done keys, reader.status());
  if (!made_of(study.name, "_-.")) {
    return at(reader.place(), fmt::format("'{}' is no name for a study", study.name),
              R"(add name = "..." of letters, digits, _ and -)");
  }
  FORECOST_TRY([[maybe_unused]] const Done a, read_strategy(strategy, study));
  FORECOST_TRY([[maybe_unused]] const Done b, read_network(network, parameters, study));
  FORECOST_TRY([[maybe_unused]] const Done c, read_objective(objective, study));
  FORECOST_TRY([[maybe_unused]] const Done e, read_early_stop(early_stop, study));
  FORECOST_TRY([[maybe_unused]] const Done d, read_limits(limits, study));
  return read_objectives(root, study);
}

}  // namespace

Result<StudyFile> parse_study(const std::string& text, const std::filesystem::path& file) {
  StudyFile study;
  study.text = text;
  study.name = file.stem().string();
  study.folder = file.parent_path();
  FORECOST_TRY(const TomlNode root, parse_toml(text, file.string()));
  FORECOST_TRY([[maybe_unused]] const Done done, read_root(root, study));
  return study;
}

Result<StudyFile> read_study(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  if (!stream || !(text << stream.rdbuf())) {
    return Error{Fault::not_found, "the study file cannot be read", file.string(),
                 "check its name; docs/formats/study-file.md says what stands in it"};
  }
  return parse_study(text.str(), file);
}

}  // namespace forecost::search
