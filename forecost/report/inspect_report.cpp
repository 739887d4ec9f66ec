// SPDX-License-Identifier: Apache-2.0
#include "forecost/report/inspect_report.h"

#include <fmt/format.h>

#include "forecost/layer/memory.h"

namespace forecost::report {
namespace {

std::vector<std::string> output_shapes(const layer::LayeredNetwork& network, const layer::Layer& layer) {
  std::vector<std::string> shapes;
  for (const std::string& name : layer.outputs) {
    const layer::TensorFact* tensor = name.empty() ? nullptr : network.tensor(name);
    if (tensor != nullptr) shapes.push_back(shape_text(tensor->shape));
  }
  return shapes;
}

Value intensity_of(const layer::Cost& cost) {
  const std::int64_t bytes = cost.read.value + cost.written.value;
  if (bytes == 0) return {};
  return static_cast<double>(cost.operations.value) / static_cast<double>(bytes);
}

std::string qualified(const layer::Layer& layer) {
  return layer.domain.empty() ? layer.op : layer.domain + "." + layer.op;
}

Table layer_table(const layer::LayeredNetwork& network, std::size_t limit) {
  Table table{.key = "layers",
              .title = "",
              .columns = {{"name", "layer"},
                          {"op", "operator"},
                          {"output_shapes", "output"},
                          {"macs", "MACs"},
                          {"operations", "operations", Audience::everyone, 2},
                          {"parameters", "parameters", Audience::everyone, 1},
                          {"read_bytes", "read", Audience::everyone, 3},
                          {"written_bytes", "written", Audience::everyone, 3},
                          {"intensity", "ops/byte", Audience::everyone, 4},
                          {"note", "note", Audience::people, 1},
                          {"known", "known", Audience::machines},
                          {"folded", "folded", Audience::machines}},
              .rows = {},
              .audience = Audience::everyone,
              .limit = limit};
  for (const layer::Layer& layer : network.layers) {
    const layer::Cost& cost = layer.cost;
    std::string note;
    if (!layer.known) note = "unknown operator";
    if (layer.folded) note = "constant";
    table.rows.push_back({layer.name, qualified(layer), output_shapes(network, layer), cost.macs,
                          cost.operations, Operations(cost.parameters), cost.read, cost.written,
                          intensity_of(cost), note, layer.known, layer.folded});
  }
  return table;
}

Table input_table(const layer::LayeredNetwork& network) {
  Table table{.key = "inputs",
              .title = "",
              .columns = {{"name", "input"}, {"type", "type"}, {"shape", "shape"}},
              .rows = {},
              .audience = Audience::machines};
  for (const network::ValueInfo& input : network.network.graph.inputs) {
    const layer::TensorFact* fact = network.tensor(input.name);
    table.rows.push_back({input.name, std::string(network::name_of(input.element)),
                          fact == nullptr ? Value() : Value(shape_text(fact->shape))});
  }
  return table;
}

std::string inputs_text(const layer::LayeredNetwork& network) {
  std::string text;
  for (const network::ValueInfo& input : network.network.graph.inputs) {
    const layer::TensorFact* fact = network.tensor(input.name);
    if (!text.empty()) text += ", ";
    text += input.name + " " + std::string(network::name_of(input.element));
    if (fact != nullptr) text += " " + shape_text(fact->shape);
  }
  return text;
}

Table unknown_table(const layer::Totals& totals) {
  Table table{.key = "unknown_operators",
              .title = "Operators without a rule (their cost is that of their tensors)",
              .columns = {{"op", "operator"}, {"count", "nodes"}},
              .rows = {}};
  for (const auto& [op, count] : totals.unknown_operators) {
    table.rows.push_back({op, static_cast<std::int64_t>(count)});
  }
  return table;
}

std::int64_t folded_count(const layer::LayeredNetwork& network) {
  std::int64_t count = 0;
  for (const layer::Layer& layer : network.layers) count += layer.folded ? 1 : 0;
  return count;
}

void add_formats(const layer::LayeredNetwork& network, const InspectOptions& options, Report& report) {
  const layer::WeightedWork work = layer::work_with(network, options.weights);
  std::string name(options.weights.all == nullptr ? "as written" : options.weights.all->name);
  if (!options.weights.layers.empty()) name += fmt::format(", {} by layer", options.weights.layers.size());
  report.facts.insert(report.facts.end(),
                      {{"format.name", "weight format", name},
                       {"format.weight_bytes", "its weights", work.weights},
                       {"format.multiplications", "multiplications", work.multiplications},
                       {"format.shifts", "shifts", work.shifts},
                       {"format.additions", "additions", work.additions},
                       {"format.others", "other operations", work.others}});
}

}  // namespace

std::string shape_text(const layer::Shape& shape) {
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, "x"));
}

Report inspect_report(const layer::LayeredNetwork& network, const InspectOptions& options) {
  const layer::Totals totals = layer::totals_of(network);
  const layer::MemoryPlan plan = layer::plan_memory(network);
  const network::Network& file = network.network;
  const auto traffic = static_cast<double>(totals.traffic.value);
  const auto layers = static_cast<std::int64_t>(network.layers.size());
  const std::string peak_layer =
      plan.at_layer < network.layers.size() ? network.layers[plan.at_layer].name : std::string();

  Report report{.kind = "forecost.inspection",
                .version = 1,
                .title = file.source,
                .facts = {},
                .tables = {},
                .warnings = network.warnings,
                .csv_table = "layers"};
  report.facts = {{"network", "", file.source, Audience::machines},
                  {"graph", "graph", file.graph.name},
                  {"producer", "producer", file.producer},
                  {"opset", "opset", file.opset("")},
                  {"ir_version", "", file.ir_version, Audience::machines},
                  {"inputs_text", "inputs", inputs_text(network), Audience::people},
                  {"batch", "", network.batch, Audience::machines},
                  {"layer_count", "layers", layers},
                  {"folded_layers", "constant layers", folded_count(network)},
                  {"subgraphs", "subgraphs", file.subgraphs,
                   file.subgraphs > 0 ? Audience::everyone : Audience::machines},
                  {"functions", "functions", file.functions,
                   file.functions.empty() ? Audience::machines : Audience::everyone},
                  {"macs", "MACs", totals.macs},
                  {"operations", "operations", totals.operations},
                  {"parameters", "parameters", Operations(totals.parameters)},
                  {"weight_bytes", "weights", totals.weights},
                  {"traffic_bytes", "traffic", totals.traffic},
                  {"intensity", "intensity",
                   traffic > 0 ? Value(static_cast<double>(totals.operations.value) / traffic) : Value(),
                   Audience::everyone,
                   traffic > 0 ? fmt::format("{:.1f} operations/byte",
                                             static_cast<double>(totals.operations.value) / traffic)
                               : ""},
                  {"peak_activation_bytes", "peak activations", plan.peak, Audience::everyone,
                   to_text(plan.peak) + (peak_layer.empty() ? "" : " at " + peak_layer)},
                  {"peak_layer", "", peak_layer, Audience::machines}};
  if (options.weights.all != nullptr || !options.weights.layers.empty())
    add_formats(network, options, report);
  report.tables = {input_table(network), layer_table(network, options.limit), unknown_table(totals)};
  return report;
}

}  // namespace forecost::report
