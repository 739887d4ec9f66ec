// SPDX-License-Identifier: Apache-2.0
#include "forecost/layer/kernel.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/memory.h"
#include "forecost/layer/provenance.h"

namespace forecost::layer {
namespace {

/// Attributes that decide shapes or algorithms: integers and short words, not real parameters.
std::string attributes_text(const network::Node& node) {
  std::string text;
  for (const auto& [key, value] : node.attributes) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      text += fmt::format(" {}={}", key, *integer);
    } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&value)) {
      text += fmt::format(" {}={}", key, fmt::join(*integers, ","));
    } else if (const auto* word = std::get_if<std::string>(&value)) {
      if (word->size() <= 32) text += fmt::format(" {}={}", key, *word);
    }
  }
  return text;
}

std::string shape_text(const Shape& shape) {
  return fmt::format("{}", fmt::join(shape, "x"));
}

std::string signature_of(const Kernel& kernel, const network::Node& node) {
  std::string text =
      fmt::format("{}{}{}|{}|{}|{}|", kernel.domain, kernel.domain.empty() ? "" : ":", kernel.op, kernel.path,
                  network::name_of(kernel.element), attributes_text(node));
  for (std::size_t i = 0; i < kernel.inputs.size(); ++i) {
    text += fmt::format("{}{}{}", i == 0 ? "" : ",", kernel.constant_inputs[i] ? "#" : "",
                        shape_text(kernel.inputs[i]));
  }
  text += "->";
  for (std::size_t i = 0; i < kernel.outputs.size(); ++i) {
    text += (i == 0 ? "" : ",") + shape_text(kernel.outputs[i]);
  }
  return text;
}

Kernel kernel_of(const LayeredNetwork& graph, const Layer& layer, const Runtime& runtime) {
  const network::Node& node = graph.network.graph.nodes[layer.node];
  Kernel kernel;
  kernel.name = layer.name;
  kernel.op = layer.op;
  kernel.domain = layer.domain;
  kernel.path = runtime.path(graph, layer);
  kernel.cost = layer.cost;
  for (const auto& name : layer.inputs) {
    const TensorFact* fact = name.empty() ? nullptr : graph.tensor(name);
    kernel.inputs.push_back(fact == nullptr ? Shape{} : fact->shape);
    kernel.constant_inputs.push_back(fact != nullptr && fact->constant);
  }
  for (const auto& name : layer.outputs) {
    const TensorFact* fact = name.empty() ? nullptr : graph.tensor(name);
    kernel.outputs.push_back(fact == nullptr ? Shape{} : fact->shape);
    if (fact != nullptr && kernel.outputs.size() == 1) kernel.element = fact->element;
  }
  kernel.activation = node.string_or("activation", "");
  const bool convolution = layer.op == "Conv" || layer.op == "FusedConv";
  kernel.accumulates = convolution && layer.inputs.size() > 3 && !layer.inputs[3].empty();
  kernel.known = layer.known;
  kernel.workspace = runtime.workspace(graph, layer, 1);
  kernel.signature = signature_of(kernel, node);
  return kernel;
}

Bytes rounded_up(Bytes size) {
  return Bytes(size.value <= 1
                   ? size.value
                   : static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(size.value))));
}

/// A view of a network's input or into its output cannot share memory: the runtime copies.
void copy_views(LoweredNetwork& lowered) {
  std::set<std::string, std::less<>> outside;
  for (const auto& value : lowered.graph.network.graph.inputs) outside.insert(value.name);
  for (const auto& value : lowered.graph.network.graph.outputs) outside.insert(value.name);
  std::size_t k = 0;
  for (const Layer& layer : lowered.graph.layers) {
    if (layer.folded) continue;
    Kernel& kernel = lowered.kernels[k++];
    if (kernel.path != "view" || layer.inputs.empty() || layer.outputs.empty()) continue;
    if (!outside.count(layer.inputs.front()) && !outside.count(layer.outputs.front())) continue;
    const TensorFact* fact = lowered.graph.tensor(layer.outputs.front());
    if (fact == nullptr) continue;
    kernel.path = "view_copy";
    kernel.cost.read = kernel.cost.written = fact->bytes();
  }
}

/// Fills footprint, before and input_age, and marks them in the signature.
void set_context(LoweredNetwork& lowered) {
  Bytes footprint{0};
  for (const Kernel& kernel : lowered.kernels) footprint += kernel.cost.weights + kernel.cost.written;
  std::map<std::string_view, Bytes> made_at;
  Bytes touched{0};
  std::size_t k = 0;
  for (const Layer& layer : lowered.graph.layers) {
    if (layer.folded) continue;
    Kernel& kernel = lowered.kernels[k++];
    kernel.footprint = footprint;
    kernel.before = rounded_up(touched);
    Bytes largest{-1};
    for (const auto& name : layer.inputs) {
      const TensorFact* fact = name.empty() ? nullptr : lowered.graph.tensor(name);
      if (fact == nullptr || fact->constant || fact->bytes() <= largest) continue;
      largest = fact->bytes();
      const auto made = made_at.find(name);
      kernel.input_age = made == made_at.end() ? rounded_up(footprint) : rounded_up(touched - made->second);
    }
    touched += kernel.cost.read + kernel.cost.written;
    for (const auto& name : layer.outputs) {
      const auto source =
          kernel.path == "view" && !layer.inputs.empty() ? made_at.find(layer.inputs.front()) : made_at.end();
      made_at[name] = source == made_at.end() ? touched : source->second;
    }
    kernel.signature +=
        "@" + std::to_string(kernel.before.value) + "," + std::to_string(kernel.input_age.value);
  }
}

LoweredNetwork kernels_of(const LayeredNetwork& original, LayeredNetwork optimised, const Runtime& runtime) {
  LoweredNetwork lowered;
  lowered.runtime = runtime.name;
  lowered.graph = std::move(optimised);
  lowered.warnings = lowered.graph.warnings;
  auto origins = trace_layers(original, lowered.graph);
  for (std::size_t i = 0; i < lowered.graph.layers.size(); ++i) {
    const Layer& layer = lowered.graph.layers[i];
    if (layer.folded) continue;
    Kernel kernel = kernel_of(lowered.graph, layer, runtime);
    kernel.layers = std::move(origins[i]);
    lowered.kernels.push_back(std::move(kernel));
  }
  copy_views(lowered);
  set_context(lowered);
  return lowered;
}

}  // namespace

const Runtime* find_runtime(std::string_view name) {
  const auto& list = runtime_list();
  const auto found = std::ranges::find(list, name, &Runtime::name);
  return found == list.end() ? nullptr : &*found;
}

Bytes resident_activations(const LoweredNetwork& lowered) {
  const Runtime* runtime = find_runtime(lowered.runtime);
  if (runtime != nullptr && runtime->resident != nullptr) return runtime->resident(lowered);
  Bytes scratch{0};
  for (const Kernel& kernel : lowered.kernels) scratch = std::max(scratch, kernel.workspace);
  return plan_memory(lowered.graph).peak + scratch;
}

Result<LoweredNetwork> lower(const LayeredNetwork& network, const Runtime& runtime,
                             const LoweringTarget& target) {
  FORECOST_EXPECTS(runtime.optimise != nullptr && runtime.path != nullptr && runtime.workspace != nullptr,
                   "a runtime's card is complete");
  FORECOST_TRY(network::Network optimised, runtime.optimise(network, target));
  if (runtime.settle != nullptr) runtime.settle(optimised, target);
  FORECOST_TRY(LayeredNetwork graph, infer(std::move(optimised), Binding{}));
  LoweredNetwork lowered = kernels_of(network, std::move(graph), runtime);
  lowered.source = LoweringSource::rules;
  return lowered;
}

Result<LoweredNetwork> adopt(const LayeredNetwork& network, network::Network optimised,
                             const Runtime& runtime, const Binding& binding, const LoweringTarget& target) {
  FORECOST_EXPECTS(runtime.path != nullptr && runtime.workspace != nullptr, "a runtime's card is complete");
  if (runtime.settle != nullptr) runtime.settle(optimised, target);
  FORECOST_TRY(LayeredNetwork graph, infer(std::move(optimised), binding));
  LoweredNetwork lowered = kernels_of(network, std::move(graph), runtime);
  lowered.source = LoweringSource::runtime;
  return lowered;
}

}  // namespace forecost::layer
