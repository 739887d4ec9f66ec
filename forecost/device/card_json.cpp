// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/card_json.h"

namespace forecost::device {

using nlohmann::json;

json to_json(const Card& card) {
  const Identity& id = card.identity;
  json levels = json::array();
  for (const auto& level : card.memory) {
    levels.push_back({{"name", level.name},
                      {"capacity_bytes", level.capacity.value},
                      {"bytes_per_second", level.bandwidth}});
  }
  return {{"name", id.name},
          {"processor", id.processor},
          {"cores", id.cores},
          {"instruction_set", id.instruction_set},
          {"runtime", id.runtime},
          {"runtime_version", id.runtime_version},
          {"runtime_build", id.runtime_build},
          {"provider", id.provider},
          {"threads", id.settings.threads},
          {"pinned_cores", id.settings.cores},
          {"precision", id.settings.precision},
          {"peak_operations_per_second", card.peak_operations},
          {"memory", levels},
          {"node_overhead_s", card.node_overhead.value},
          {"run_overhead_s", card.run_overhead.value},
          {"memory_model",
           {{"base_bytes", card.memory_model.base.value},
            {"loading", card.memory_model.loading},
            {"kept", card.memory_model.kept},
            {"node_bytes", card.memory_model.per_node.value},
            {"activations", card.memory_model.activations},
            {"relative_error", card.memory_model.relative_error}}},
          {"median_over_minimum", card.median_over_minimum}};
}

Result<Card> card_from_json(const json& j) {
  try {
    Card card;
    Identity& id = card.identity;
    id.name = j.at("name");
    id.processor = j.at("processor");
    id.cores = j.at("cores");
    id.instruction_set = j.at("instruction_set");
    id.runtime = j.at("runtime");
    id.runtime_version = j.at("runtime_version");
    id.runtime_build = j.at("runtime_build");
    id.provider = j.at("provider");
    id.settings.threads = j.at("threads");
    id.settings.cores = j.at("pinned_cores").get<std::vector<int>>();
    id.settings.precision = j.value("precision", "");
    card.peak_operations = j.at("peak_operations_per_second").get<std::map<std::string, double>>();
    for (const auto& level : j.at("memory")) {
      card.memory.push_back(
          {level.at("name"), Bytes(level.at("capacity_bytes")), level.at("bytes_per_second")});
    }
    card.node_overhead = Seconds(j.at("node_overhead_s"));
    card.run_overhead = Seconds(j.at("run_overhead_s"));
    using Factors = std::map<std::string, double, std::less<>>;
    const auto& memory = j.at("memory_model");
    if (memory.contains("kept")) {  // of another form: as if never fitted
      card.memory_model = {.base = Bytes(memory.at("base_bytes")),
                           .loading = memory.at("loading").get<Factors>(),
                           .kept = memory.at("kept").get<Factors>(),
                           .per_node = Bytes(memory.at("node_bytes")),
                           .activations = memory.at("activations"),
                           .relative_error = memory.at("relative_error")};
    }
    card.median_over_minimum = j.at("median_over_minimum");
    return card;
  } catch (const json::exception& problem) {
    return Error{Fault::bad_input, std::string("a device card cannot be read: ") + problem.what(), "",
                 "calibrate the device again"};
  }
}

}  // namespace forecost::device
