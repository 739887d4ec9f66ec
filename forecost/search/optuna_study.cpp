// SPDX-License-Identifier: Apache-2.0
// Our own words about a study or trial are user attributes that begin with "forecost:".
#include "forecost/search/optuna_study.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <type_traits>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/search/optuna_space.h"
#include "forecost/search/optuna_tables.h"
#include "forecost/search/study_file.h"
#include "forecost/search/study_setup.h"
#include "forecost/search/trial_json.h"

namespace forecost::search {
namespace {

using nlohmann::json;

bool is_own(const std::string& key) {
  return key.starts_with("forecost:");
}

template <typename Value>
Value own(const json& attributes, const char* key, const Value& fallback) {
  const auto found = attributes.find(std::string("forecost:") + key);
  if (found == attributes.end()) return fallback;
  if constexpr (std::is_same_v<Value, std::string>) {
    return found->is_string() ? found->template get<std::string>() : fallback;
  } else {
    return found->is_number() ? found->template get<Value>() : fallback;
  }
}

/// We wrote the study: its names are metrics as they are.
bool is_ours(const OptunaTables& study) {
  return study.user.contains("forecost:definition");
}

/// Names of the objectives: those that Optuna was told, else value, or value0, value1, ...
std::vector<std::string> objective_names(const OptunaTables& study) {
  std::vector<std::string> names;
  const json told = study.system.value("study:metric_names", json::array());
  for (std::size_t i = 0; i < study.minimise.size(); ++i) {
    if (told.is_array() && i < told.size() && told[i].is_string()) {
      const auto name = told[i].get<std::string>();
      names.push_back(is_ours(study) ? name : optuna_word(name));
    } else {
      names.push_back(study.minimise.size() == 1 ? "value" : fmt::format("value{}", i));
    }
  }
  return names;
}

/// How many constraints every complete trial has; 0 where they differ.
std::size_t constraint_count(const OptunaTables& study) {
  std::optional<std::size_t> count;
  for (const OptunaTrial& trial : study.trials) {
    if (trial.state != "COMPLETE") continue;
    const json constraints = trial.system.value("constraints", json::array());
    if (count && *count != constraints.size()) return 0;
    count = constraints.size();
  }
  return count.value_or(0);
}

std::string definition_of(const OptunaTables& study, const OptunaSpace& space) {
  json minimise = json::array();
  json maximise = json::array();
  const std::vector<std::string> names = objective_names(study);
  for (std::size_t i = 0; i < names.size(); ++i)
    (study.minimise[i] ? minimise : maximise).push_back(names[i]);
  json limits = json::array();
  for (std::size_t i = 0; i < constraint_count(study); ++i)
    limits.push_back(fmt::format("constraint{} <= 0", i));
  std::string name = study.name;
  for (char& c : name) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!plain && c != '_' && c != '-' && c != '.') c = '_';
  }
  std::string text = "# Made from the trials of an Optuna study.\n";
  text += fmt::format("name = {}\ntrials = {}\n", json(name).dump(),
                      std::max<std::size_t>(1, study.trials.size()));
  // The first objective comes first.
  if (!study.minimise.empty() && !study.minimise.front()) text += "maximise = " + maximise.dump() + "\n";
  if (!minimise.empty()) text += "minimise = " + minimise.dump() + "\n";
  if (!maximise.empty() && study.minimise.front()) text += "maximise = " + maximise.dump() + "\n";
  if (!limits.empty()) text += "limits = " + limits.dump() + "\n";
  return text + "\n[parameters]\n" + space.definition();
}

TrialState state_of(const std::string& optuna) {
  if (optuna == "COMPLETE") return TrialState::complete;
  if (optuna == "PRUNED") return TrialState::stopped;
  return optuna == "RUNNING" ? TrialState::running : TrialState::failed;
}

/// Everything but number and design.
Result<Trial> trial_of(const OptunaTrial& from, const OptunaTables& study) {
  const std::vector<std::string> objectives = objective_names(study);
  const bool ours = is_ours(study);
  Trial trial;
  trial.state = state_of(from.state);
  for (const auto& item : from.user.items()) {
    if (!is_own(item.key()) && item.value().is_number()) {
      trial.metrics[ours ? item.key() : optuna_word(item.key())] = item.value().get<double>();
    }
  }
  const json constraints = from.system.value("constraints", json::array());
  for (std::size_t i = 0; i < constraints.size() && !ours; ++i) {
    if (constraints[i].is_number()) {
      trial.metrics[fmt::format("constraint{}", i)] = constraints[i].get<double>();
    }
  }
  for (std::size_t i = 0; i < objectives.size(); ++i) {
    if (from.values[i]) {
      trial.metrics[objectives[i]] = *from.values[i];
    } else if (trial.state == TrialState::complete) {
      trial.state = TrialState::failed;
      trial.failure = fmt::format("metric '{}' is not a finite number", objectives[i]);
    }
  }
  const auto reports = from.user.find("forecost:reports");
  if (reports != from.user.end() && reports->is_array()) {
    for (const json& report : *reports) {
      FORECOST_TRY(Metrics metrics, metrics_from_json(report.value("metrics", json())));
      trial.reports.push_back({report.value("step", std::int64_t{0}), std::move(metrics)});
    }
  } else if (!objectives.empty()) {
    for (const auto& step : from.steps) trial.reports.push_back({step.first, {{objectives[0], step.second}}});
  }
  trial.reason = own(from.user, "reason", std::string());
  trial.seconds = own(from.user, "seconds", from.seconds);
  if (trial.failure.empty()) {
    const bool ended = trial.state == TrialState::failed || trial.state == TrialState::stopped;
    trial.failure = own(from.user, "failure",
                        std::string(!ended                              ? ""
                                    : trial.state == TrialState::failed ? "failed in Optuna"
                                                                        : "pruned in Optuna"));
  }
  return trial;
}

Result<OptunaImport> import_of(const OptunaTables& tables, const std::string& file) {
  FORECOST_TRY(const OptunaSpace columns, OptunaSpace::of(tables));
  OptunaImport study;
  study.name = tables.name;
  study.seed = own(tables.user, "seed", std::uint64_t{1});
  study.definition = own(tables.user, "definition", std::string());
  if (study.definition.empty()) study.definition = definition_of(tables, columns);
  FORECOST_TRY(StudyFile parsed, parse_study(study.definition, file));
  study.space = std::move(parsed.space);
  for (const OptunaTrial& from : tables.trials) {
    Result<Design> design = study.space.from_json(columns.design(from));
    if (!design || from.state == "WAITING") {
      ++study.left_out;
      continue;
    }
    FORECOST_TRY(Trial trial, trial_of(from, tables));
    trial.number = static_cast<std::int64_t>(study.trials.size());
    trial.design = *std::move(design);
    study.trials.push_back(std::move(trial));
  }
  return study;
}

}  // namespace

Result<OptunaImport> read_optuna(const std::filesystem::path& file, const std::string& name) {
  try {
    SQLite::Database sqlite(file.string(), SQLite::OPEN_READONLY);
    FORECOST_TRY([[maybe_unused]] const Done known, check_optuna_tables(sqlite, file.string()));
    FORECOST_TRY(const OptunaTables tables, read_optuna_tables(sqlite, file.string(), name));
    return import_of(tables, file.string());
  } catch (const SQLite::Exception& problem) {
    return Error{Fault::bad_input, fmt::format("the storage cannot be read: {}", problem.what()),
                 file.string(), "give the file of an Optuna storage \"sqlite:///FILE\""};
  } catch (const json::exception& problem) {
    return Error{Fault::bad_input, fmt::format("the storage holds unexpected JSON: {}", problem.what()),
                 file.string(), "give a file that Optuna or forecost study export wrote"};
  }
}

}  // namespace forecost::search
