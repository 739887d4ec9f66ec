// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/trial_json.h"

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "forecost/search/study_store.h"

namespace forecost::search {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 5> states{"waiting", "running", "complete", "stopped", "failed"};

Error malformed(std::string what) {
  return {Fault::bad_input, std::move(what), "", "write trials as forecost study export does"};
}

}  // namespace

std::string_view name_of(TrialState state) {
  return states[static_cast<std::size_t>(state)];
}

std::optional<TrialState> find_state(std::string_view name) {
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (states[i] == name) return static_cast<TrialState>(i);
  }
  return std::nullopt;
}

json to_json(const Metrics& metrics) {
  json object = json::object();
  for (const auto& metric : metrics) object[metric.first] = metric.second;
  return object;
}

Result<Metrics> metrics_from_json(const json& object) {
  if (!object.is_object()) return malformed("metrics are no JSON object");
  Metrics metrics;
  for (const auto& item : object.items()) {
    if (!item.value().is_number()) return malformed("metric '" + item.key() + "' is no number");
    metrics[item.key()] = item.value().get<double>();
  }
  return metrics;
}

json to_json(const Space& space, const Trial& trial) {
  json object = {
      {"trial", trial.number}, {"state", name_of(trial.state)}, {"design", space.to_json(trial.design)}};
  if (!trial.metrics.empty()) object["metrics"] = to_json(trial.metrics);
  for (const Report& report : trial.reports) {
    object["reports"].push_back({{"step", report.step}, {"metrics", to_json(report.metrics)}});
  }
  if (!trial.reason.empty()) object["reason"] = trial.reason;
  if (!trial.failure.empty()) object["failure"] = trial.failure;
  if (trial.seconds > 0) object["seconds"] = trial.seconds;
  return object;
}

Result<Trial> trial_from_json(const Space& space, const json& object) {
  if (!object.is_object() || !object.contains("trial") || !object["trial"].is_number_integer() ||
      !object.contains("state") || !object["state"].is_string() || !object.contains("design")) {
    return malformed("a trial has no number, state or design");
  }
  Trial trial;
  trial.number = object["trial"].get<std::int64_t>();
  const auto state = find_state(object["state"].get<std::string>());
  if (!state || trial.number < 0) return malformed("a trial has a number or state that does not exist");
  trial.state = *state;
  FORECOST_TRY(trial.design, space.from_json(object["design"]));
  if (object.contains("metrics")) {
    FORECOST_TRY(trial.metrics, metrics_from_json(object["metrics"]));
  }
  if (object.contains("reports")) {
    for (const json& report : object["reports"]) {
      if (!report.is_object() || !report.contains("step") || !report["step"].is_number_integer() ||
          !report.contains("metrics")) {
        return malformed("a report has no step or no metrics");
      }
      FORECOST_TRY(Metrics metrics, metrics_from_json(report["metrics"]));
      trial.reports.push_back({report["step"].get<std::int64_t>(), std::move(metrics)});
    }
  }
  const auto text = [&object](const char* key) {
    return object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : std::string();
  };
  trial.reason = text("reason");
  trial.failure = text("failure");
  if (object.contains("seconds") && object["seconds"].is_number())
    trial.seconds = object["seconds"].get<double>();
  return trial;
}

}  // namespace forecost::search
