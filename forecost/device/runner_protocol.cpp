// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/runner_protocol.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/network/reader.h"

namespace forecost::device {
namespace {

using nlohmann::json;

constexpr const char* format_name = "forecost.runner";
constexpr const char* page =
    "docs/formats/runner.md has the lines; text for people belongs on standard error";

json head(const char* ask, const Settings& settings, const std::string& provider) {
  return {{"format", format_name},
          {"version", runner_protocol_version},
          {"ask", ask},
          {"settings",
           {{"threads", settings.threads},
            {"cores", settings.cores},
            {"precision", settings.precision},
            {"provider", provider}}}};
}

std::string shortened(const std::string& text) {
  constexpr std::size_t most = 60;
  return text.size() <= most ? text : text.substr(0, most) + "...";
}

std::string text_or(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

json identity_question(const Settings& settings, const std::string& provider) {
  return head("identity", settings, provider);
}

json measure_question(const Model& model, const MeasureRequest& request, const std::string& provider) {
  json question = head("measure", request.settings, provider);
  question["network"] = model.file.string();
  question["batch"] = model.batch;
  question["dims"] = model.symbols;
  question["training"] = request.training;
  question["warmup_runs"] = request.warmup_runs;
  question["least_runs"] = request.least_runs;
  question["longest_ms"] = request.longest.value * 1e3;
  question["evict_bytes"] = request.evict.value;
  question["energy"] = request.energy;
  return question;
}

Error Answer::wrong(const std::string& what) const {
  return {Fault::bad_input, fmt::format("line {} of the program's answer: {}", lines_, what), program_, page};
}

Result<double> Answer::amount(const json& value, const std::string& key) const {
  if (!value.is_number() || !std::isfinite(value.get<double>())) {
    return wrong(fmt::format("'{}' holds {}, which is no number", key, shortened(value.dump())));
  }
  const auto number = value.get<double>();
  if (number < 0) return wrong(fmt::format("'{}' holds {}, which is negative", key, number));
  return number;
}

Status Answer::take(const std::string& line) {
  ++lines_;
  const json object = json::parse(line, nullptr, false);
  if (!object.is_object()) return wrong(fmt::format("no JSON object: '{}'", shortened(line)));
  if (const auto failure = object.find("failure"); failure != object.end()) {
    const std::string hint = text_or(object, "hint");
    return Error{Fault::failed, failure->is_string() ? failure->get<std::string>() : failure->dump(),
                 program_, hint.empty() ? "the program said so; run it by hand to see more" : hint};
  }
  if (lines_ == 1) return greet(object);
  FORECOST_TRY([[maybe_unused]] const Done times, take_times(object));
  FORECOST_TRY([[maybe_unused]] const Done nodes, take_nodes(object));
  return take_rest(object);
}

Status Answer::greet(const json& line) {
  if (text_or(line, "format") != format_name) {
    return wrong(fmt::format(R"(it must begin with {{"format": "{}", "version": {}}})", format_name,
                             runner_protocol_version));
  }
  const json version = line.value("version", json());
  if (version != runner_protocol_version) {
    return Error{Fault::unsupported,
                 fmt::format("the program speaks version {} of {}, this Forecost version {}", version.dump(),
                             format_name, runner_protocol_version),
                 program_, "take the program of this Forecost's version, or the Forecost of the program's"};
  }
  if (!line.contains("runtime")) return Done{};
  Identity identity;
  identity.processor = text_or(line, "processor");
  identity.instruction_set = text_or(line, "instruction_set");
  identity.runtime = text_or(line, "runtime");
  identity.runtime_version = text_or(line, "runtime_version");
  identity.runtime_build = text_or(line, "runtime_build");
  identity.provider = text_or(line, "provider");
  FORECOST_TRY(const double cores, amount(line.value("cores", json(1)), "cores"));
  identity.cores = static_cast<int>(std::min(cores, 1e6));
  for (const auto& [key, text] :
       {std::pair{"processor", &identity.processor}, std::pair{"runtime", &identity.runtime}}) {
    if (text->empty()) return wrong(fmt::format("'{}' must be a text that is not empty", key));
  }
  identity_ = std::move(identity);
  return Done{};
}

Status Answer::take_times(const json& line) {
  const std::pair<const char*, std::vector<double>*> series[] = {{"run_ms", &measured_.run_seconds},
                                                                 {"forward_ms", &measured_.forward_seconds},
                                                                 {"backward_ms", &measured_.backward_seconds},
                                                                 {"update_ms", &measured_.update_seconds}};
  for (const auto& [key, into] : series) {
    const auto found = line.find(key);
    if (found == line.end()) continue;
    if (!found->is_array()) return wrong(fmt::format("'{}' must be an array of milliseconds", key));
    for (const json& value : *found) {
      FORECOST_TRY(const double milliseconds, amount(value, key));
      into->push_back(milliseconds * 1e-3);
    }
  }
  return Done{};
}

Status Answer::take_nodes(const json& line) {
  const auto found = line.find("node_ms");
  if (found == line.end()) return Done{};
  std::vector<NodeTime> run;
  const Error shape = wrong("'node_ms' must be an array of [node, operator, milliseconds]");
  if (!found->is_array()) return shape;
  for (const json& node : *found) {
    if (!node.is_array() || node.size() != 3 || !node[0].is_string() || !node[1].is_string()) return shape;
    FORECOST_TRY(const double milliseconds, amount(node[2], "node_ms"));
    run.push_back({node[0].get<std::string>(), node[1].get<std::string>(), Seconds(milliseconds * 1e-3)});
  }
  measured_.nodes.push_back(std::move(run));
  return Done{};
}

Status Answer::take_energy(const json& energy) {
  if (!energy.is_object()) return wrong("'energy' must be an object");
  ToldEnergy told;
  told.sensor = text_or(energy, "sensor");
  told.scope = text_or(energy, "scope");
  if (told.sensor.empty()) return wrong("'energy' must name its sensor");
  if (!energy.contains("total_mj")) return wrong("'energy' must have total_mj, millijoules of one run");
  FORECOST_TRY(const double total, amount(energy["total_mj"], "total_mj"));
  FORECOST_TRY(const double idle, amount(energy.value("idle_w", json(0)), "idle_w"));
  FORECOST_TRY(const double window, amount(energy.value("window_ms", json(0)), "window_ms"));
  FORECOST_TRY(const double runs, amount(energy.value("runs", json(0)), "runs"));
  FORECOST_TRY(told.standard_error, amount(energy.value("standard_error", json(0)), "standard_error"));
  told.total = Joules(total * 1e-3);
  told.idle = Watts(idle);
  told.window = Seconds(window * 1e-3);
  told.runs = static_cast<std::int64_t>(std::min(runs, 1e15));
  measured_.energies.push_back(std::move(told));
  return Done{};
}

Status Answer::take_graph(const json& file) {
  if (!file.is_string()) return wrong("'graph' must be the path of an ONNX file");
  auto network = network::read(file.get<std::string>());
  if (!network) return wrong("'graph': " + to_string(network.error()));
  measured_.graph = *std::move(network);
  return Done{};
}

Status Answer::take_rest(const json& line) {
  if (const auto graph = line.find("graph"); graph != line.end()) {
    FORECOST_TRY([[maybe_unused]] const Done taken, take_graph(*graph));
  }
  if (const auto energy = line.find("energy"); energy != line.end()) {
    FORECOST_TRY([[maybe_unused]] const Done taken, take_energy(*energy));
  }
  if (const auto peak = line.find("peak_memory_bytes"); peak != line.end()) {
    FORECOST_TRY(const double bytes, amount(*peak, "peak_memory_bytes"));
    measured_.peak_memory = Bytes(static_cast<std::int64_t>(std::min(bytes, 1e18)));
  }
  if (const auto conditions = line.find("conditions"); conditions != line.end() && conditions->is_object()) {
    for (const auto& [key, value] : conditions->items()) {
      if (value.is_number()) measured_.conditions[key] = value.get<double>();
    }
  }
  measured_.evicted = measured_.evicted || line.value("evicted", json(false)) == true;
  done_ = done_ || line.value("done", json(false)) == true;
  if (done_ && measured_.run_seconds.empty()) return wrong("it is done, but told no 'run_ms'");
  return Done{};
}

}  // namespace forecost::device
