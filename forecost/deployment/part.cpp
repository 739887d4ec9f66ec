// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/part.h"

#include <utility>

#include "forecost/deployment/reads.h"

namespace forecost::deployment {
namespace {

network::ValueInfo value_of(const layer::LayeredNetwork& network, const std::string& name) {
  network::ValueInfo value{.name = name};
  const layer::TensorFact* fact = network.tensor(name);
  if (fact == nullptr) return value;
  value.element = fact->element;
  value.dims.emplace();
  for (const std::int64_t extent : fact->shape) value.dims->push_back({.extent = extent, .symbol = {}});
  return value;
}

}  // namespace

network::Network part_of(const layer::LayeredNetwork& network, const std::set<std::string>& layers) {
  const network::Graph& whole = network.network.graph;
  std::set<std::string> wanted;  // names that kept nodes read
  std::set<std::string> made;    // and make
  std::vector<bool> kept(whole.nodes.size());
  const auto keep = [&](const layer::Layer& layer) {
    kept[layer.node] = true;
    for (const std::string& name : reads_of(whole.nodes[layer.node])) wanted.insert(name);
    made.insert(layer.outputs.begin(), layer.outputs.end());
  };
  for (const layer::Layer& layer : network.layers) {
    if (layers.contains(layer.name)) keep(layer);
  }
  for (auto layer = network.layers.rbegin(); layer != network.layers.rend(); ++layer) {
    if (!layer->folded || kept[layer->node]) continue;
    for (const std::string& output : layer->outputs) {
      if (!output.empty() && wanted.contains(output) && !kept[layer->node]) keep(*layer);
    }
  }
  std::set<std::string> read_outside;
  for (const network::ValueInfo& output : whole.outputs) read_outside.insert(output.name);
  for (const layer::Layer& layer : network.layers) {
    if (kept[layer.node] || layer.folded) continue;
    for (const std::string& name : reads_of(whole.nodes[layer.node])) read_outside.insert(name);
  }

  network::Network part;
  part.source = network.network.source;
  part.producer = network.network.producer;
  part.ir_version = network.network.ir_version;
  part.opsets = network.network.opsets;
  part.graph.name = whole.name;
  for (std::size_t n = 0; n < whole.nodes.size(); ++n) {
    if (kept[n]) part.graph.nodes.push_back(whole.nodes[n]);
  }
  std::set<std::string> constants;
  for (const network::Tensor& tensor : whole.initializers) {
    constants.insert(tensor.name);
    if (wanted.contains(tensor.name)) part.graph.initializers.push_back(tensor);
  }
  for (const std::string& name : wanted) {
    if (name.empty() || made.contains(name) || constants.contains(name)) continue;
    if (network.tensor(name) != nullptr) part.graph.inputs.push_back(value_of(network, name));
  }
  for (const layer::Layer& layer : network.layers) {
    if (!kept[layer.node] || layer.folded) continue;
    for (const std::string& output : layer.outputs) {
      if (!output.empty() && read_outside.contains(output)) {
        part.graph.outputs.push_back(value_of(network, output));
      }
    }
  }
  return part;
}

}  // namespace forecost::deployment
