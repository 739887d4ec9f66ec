// SPDX-License-Identifier: Apache-2.0
#include "forecost/layer/rewrite.h"

#include <algorithm>
#include <functional>
#include <queue>

#include <fmt/format.h>

namespace forecost::layer {
namespace {

std::vector<network::Dimension> dimensions(const Shape& shape) {
  std::vector<network::Dimension> dims;
  for (const auto extent : shape) dims.push_back({extent, {}});
  return dims;
}

}  // namespace

Rewrite::Rewrite(const LayeredNetwork& network)
    : original_(&network.network), facts_(network.tensors), opset_(network.network.opset("")) {
  const network::Graph& graph = original_->graph;
  for (const auto& output : graph.outputs) outputs_.insert(output.name);
  for (const auto& input : graph.inputs) {
    inputs_.insert(input.name);
    if (!input.dims) {
      static_inputs_ = false;
    } else {
      static_inputs_ = static_inputs_ && std::ranges::all_of(*input.dims, [](const network::Dimension& d) {
                         return d.extent.has_value() && *d.extent > 0;
                       });
    }
  }
  nodes_.reserve(graph.nodes.size() * 2);
  for (const auto& node : graph.nodes) add(node);
}

void Rewrite::link(NodeId id) {
  for (const auto& name : nodes_[id].inputs) {
    if (!name.empty()) users_[name].push_back(id);
  }
  for (const auto& name : nodes_[id].outputs) {
    if (!name.empty()) producers_[name] = id;
  }
}

void Rewrite::unlink(NodeId id) {
  for (const auto& name : nodes_[id].inputs) {
    const auto found = users_.find(name);
    if (found == users_.end()) continue;
    const auto use = std::ranges::find(found->second, id);
    if (use != found->second.end()) found->second.erase(use);
  }
  for (const auto& name : nodes_[id].outputs) {
    const auto found = producers_.find(name);
    if (found != producers_.end() && found->second == id) producers_.erase(found);
  }
}

std::vector<NodeId> Rewrite::order() const {
  std::vector<std::size_t> missing(nodes_.size(), 0);
  using Place = std::pair<std::size_t, NodeId>;
  std::priority_queue<Place, std::vector<Place>, std::greater<>> ready;
  const auto push = [&](NodeId id) { ready.emplace(places_[id], id); };
  for (NodeId id = 0; id < nodes_.size(); ++id) {
    if (!alive_[id]) continue;
    for (const auto& name : nodes_[id].inputs) missing[id] += producers_.contains(name) ? 1U : 0U;
    if (missing[id] == 0) push(id);
  }
  std::vector<NodeId> sorted;
  while (!ready.empty()) {
    const NodeId id = ready.top().second;
    ready.pop();
    sorted.push_back(id);
    for (const auto& name : nodes_[id].outputs) {
      const auto found = users_.find(name);
      if (name.empty() || found == users_.end()) continue;
      for (const NodeId user : found->second) {
        if (--missing[user] == 0) push(user);
      }
    }
  }
  return sorted;
}

std::string_view Rewrite::input(NodeId id, std::size_t index) const {
  const auto& inputs = nodes_[id].inputs;
  return index < inputs.size() ? std::string_view(inputs[index]) : std::string_view();
}

std::string_view Rewrite::output(NodeId id, std::size_t index) const {
  const auto& outputs = nodes_[id].outputs;
  return index < outputs.size() ? std::string_view(outputs[index]) : std::string_view();
}

bool Rewrite::is(NodeId id, std::string_view op, std::string_view domain) const {
  return alive_[id] && nodes_[id].op == op && nodes_[id].domain == domain;
}

std::optional<NodeId> Rewrite::producer(std::string_view tensor) const {
  const auto found = producers_.find(tensor);
  if (tensor.empty() || found == producers_.end()) return std::nullopt;
  return found->second;
}

std::vector<NodeId> Rewrite::users(std::string_view tensor) const {
  const auto found = users_.find(tensor);
  return found == users_.end() ? std::vector<NodeId>{} : found->second;
}

std::optional<NodeId> Rewrite::only_user(NodeId id) const {
  const std::string_view name = output(id);
  if (is_graph_output(name)) return std::nullopt;
  for (std::size_t i = 1; i < nodes_[id].outputs.size(); ++i) {
    const auto& other = nodes_[id].outputs[i];
    if (!other.empty() && (is_graph_output(other) || !users(other).empty())) return std::nullopt;
  }
  const auto readers = users(name);
  if (readers.size() != 1) return std::nullopt;
  return readers.front();
}

const TensorFact* Rewrite::fact(std::string_view tensor) const {
  const auto found = facts_.find(tensor);
  return tensor.empty() || found == facts_.end() ? nullptr : &found->second;
}

const Shape* Rewrite::shape(std::string_view tensor) const {
  const TensorFact* known = fact(tensor);
  return known == nullptr ? nullptr : &known->shape;
}

bool Rewrite::is_constant(std::string_view tensor) const {
  const TensorFact* known = fact(tensor);
  return known != nullptr && known->constant && !producers_.contains(tensor) && !inputs_.contains(tensor);
}

std::optional<double> Rewrite::scalar(std::string_view tensor) const {
  const TensorFact* known = fact(tensor);
  if (!is_constant(tensor) || !known->values || known->elements() != 1) return std::nullopt;
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&*known->values)) {
    if (integers->size() == 1) return static_cast<double>(integers->front());
  } else if (const auto* reals = std::get_if<std::vector<double>>(&*known->values)) {
    if (reals->size() == 1) return reals->front();
  }
  return std::nullopt;
}

std::optional<std::vector<std::int64_t>> Rewrite::integers(std::string_view tensor) const {
  const TensorFact* known = fact(tensor);
  if (!is_constant(tensor) || !known->values) return std::nullopt;
  const auto* values = std::get_if<std::vector<std::int64_t>>(&*known->values);
  return values == nullptr ? std::nullopt : std::optional(*values);
}

NodeId Rewrite::add(network::Node node) {
  const NodeId id = nodes_.size();
  places_.push_back(id);
  return add(std::move(node), id);
}

NodeId Rewrite::add(network::Node node, NodeId beside) {
  if (places_.size() == nodes_.size()) places_.push_back(places_[beside]);
  nodes_.push_back(std::move(node));
  alive_.push_back(true);
  link(nodes_.size() - 1);
  return nodes_.size() - 1;
}

void Rewrite::remove(NodeId id) {
  unlink(id);
  alive_[id] = false;
}

void Rewrite::set_input(NodeId id, std::size_t index, std::string_view tensor) {
  unlink(id);
  auto& inputs = nodes_[id].inputs;
  if (inputs.size() <= index) inputs.resize(index + 1);
  inputs[index] = std::string(tensor);
  link(id);
}

void Rewrite::drop_inputs(NodeId id, std::size_t first) {
  unlink(id);
  if (nodes_[id].inputs.size() > first) nodes_[id].inputs.resize(first);
  link(id);
}

void Rewrite::set_output(NodeId id, std::size_t index, std::string_view tensor) {
  unlink(id);
  auto& outputs = nodes_[id].outputs;
  if (outputs.size() <= index) outputs.resize(index + 1);
  outputs[index] = std::string(tensor);
  link(id);
}

void Rewrite::set_attribute(NodeId id, std::string_view key, network::Attribute value) {
  nodes_[id].attributes.insert_or_assign(std::string(key), std::move(value));
}

void Rewrite::erase_attribute(NodeId id, std::string_view key) {
  const auto found = nodes_[id].attributes.find(key);
  if (found != nodes_[id].attributes.end()) nodes_[id].attributes.erase(found);
}

void Rewrite::rename_op(NodeId id, std::string_view op, std::string_view domain) {
  nodes_[id].op = std::string(op);
  nodes_[id].domain = std::string(domain);
}

void Rewrite::replace_uses(std::string_view from, std::string_view to) {
  const std::string old(from);
  const std::string now(to);
  for (const NodeId id : users(old)) {
    auto& inputs = nodes_[id].inputs;
    const auto use = std::ranges::find(inputs, old);
    if (use == inputs.end()) continue;
    set_input(id, static_cast<std::size_t>(use - inputs.begin()), now);
  }
}

void Rewrite::set_fact(std::string_view tensor, TensorFact fact) {
  facts_.insert_or_assign(std::string(tensor), std::move(fact));
}

std::string Rewrite::add_constant(std::string_view stem, ElementType element, Shape shape,
                                  std::optional<network::Values> values) {
  std::string name = fresh(stem);
  TensorFact fact;
  fact.element = element;
  fact.shape = std::move(shape);
  fact.values = std::move(values);
  fact.constant = true;
  set_fact(name, std::move(fact));
  return name;
}

std::string Rewrite::fresh(std::string_view stem) {
  std::string name;
  int& next = fresh_[std::string(stem)];
  do {
    name = next == 0 ? std::string(stem) : fmt::format("{}_{}", stem, next);
    ++next;
  } while (facts_.contains(name) || producers_.contains(name) || users_.contains(name));
  return name;
}

bool Rewrite::bypass(NodeId id, std::size_t index) {
  const std::string from(output(id));
  const std::string to(input(id, index));
  if (is_graph_output(from)) {
    const auto maker = producer(to);
    if (!maker || is_graph_output(to) || users(to).size() != 1) return false;
    const auto& outputs = nodes_[*maker].outputs;
    const auto slot = static_cast<std::size_t>(std::ranges::find(outputs, to) - outputs.begin());
    remove(id);
    set_output(*maker, slot, from);
    return true;
  }
  replace_uses(from, to);
  remove(id);
  return true;
}

network::Network Rewrite::finish() const {
  network::Network result = *original_;
  network::Graph& graph = result.graph;
  std::map<std::string_view, const network::Tensor*> stored;
  for (const auto& tensor : original_->graph.initializers) stored.emplace(tensor.name, &tensor);
  graph.nodes.clear();
  graph.initializers.clear();
  graph.annotations.clear();
  for (auto& input : graph.inputs) {
    const TensorFact* known = fact(input.name);
    if (known != nullptr && known->element != ElementType::undefined) input.dims = dimensions(known->shape);
  }
  std::set<std::string_view> seen;
  const auto keep = [&](const std::string& name) {
    if (name.empty() || producers_.contains(name) || inputs_.contains(name)) return;
    if (!seen.insert(name).second) return;
    const TensorFact* known = fact(name);
    const auto found = stored.find(name);
    if (found != stored.end() && (known == nullptr || found->second->dims == known->shape)) {
      graph.initializers.push_back(*found->second);
    } else if (known != nullptr) {
      network::Tensor tensor;
      tensor.name = name;
      tensor.element = known->element;
      tensor.dims = known->shape;
      tensor.values = known->values;
      tensor.stored = known->bytes();
      if (!tensor.values) tensor.fill = {network::Fill::Kind::normal, 0.02, 1};
      graph.initializers.push_back(std::move(tensor));
    }
  };
  for (const NodeId id : order()) {
    const network::Node& node = nodes_[id];
    graph.nodes.push_back(node);
    for (const auto& name : node.inputs) keep(name);
    result.opsets.try_emplace(node.domain, 1);
    for (const auto& name : node.outputs) {
      const TensorFact* known = fact(name);
      if (known == nullptr || is_graph_output(name)) continue;
      graph.annotations.push_back({name, known->element, dimensions(known->shape)});
    }
  }
  for (const auto& output : graph.outputs) keep(output.name);
  return result;
}

bool apply_until_stable(Rewrite& graph, const std::vector<Pass>& passes, int rounds) {
  bool changed = false;
  for (int round = 0; round < rounds; ++round) {
    bool again = false;
    for (const Pass& pass : passes) again = pass.apply(graph) || again;
    if (!again) break;
    changed = true;
  }
  return changed;
}

}  // namespace forecost::layer
