// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/infer_inputs.h"
#include "forecost/layer/layer.h"
#include "forecost/layer/op_rule.h"
#include "forecost/layer/propagation.h"
#include "forecost/layer/rebatch.h"
#include "forecost/layer/rule_parts.h"

namespace forecost::layer {

namespace {

using network::Graph;
using network::Network;
using network::Node;
using network::ValueInfo;

constexpr std::size_t rank_limit = 16;
constexpr std::int64_t tensor_byte_limit = std::int64_t{1} << 52;
/// Contents kept in all; beyond it only short ones are, so that a hostile graph cannot grow without bound.
constexpr std::size_t kept_values_limit = std::size_t{1} << 22;
constexpr std::size_t short_values = 64;
/// Real initializers longer than this are weights, and no shape follows from them.
constexpr std::size_t real_values_limit = 256;

/// Walks the nodes once. Tensors are addressed by number, so that facts move in and out of calls without
/// copies.
class Inference {
 public:
  Inference(Network network, const Binding& binding) : binding_(binding) {
    out_.network = std::move(network);
  }

  Result<LayeredNetwork> run() {
    const Graph& graph = out_.network.graph;
    auto bound = bind_inputs(graph, binding_);
    if (!bound) return std::move(bound).error();
    bound_ = *std::move(bound);
    out_.batch = bound_.batch;
    out_.warnings = bound_.warnings;
    reserve();
    if (auto entered = enter_sources(); !entered) return std::move(entered).error();
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      if (auto placed = place(i); !placed) return explained(std::move(placed).error());
    }
    for (const ValueInfo& output : graph.outputs) {
      if (ids_.contains(output.name)) continue;
      return Error{Fault::bad_input, fmt::format("nothing produces graph output '{}'", output.name),
                   out_.network.source, "the model is incomplete: check it with onnx.checker"};
    }
    warn_of_unknown();
    warn_of_guesses();
    hand_over_tensors();
    write_targets();
    return std::move(out_);
  }

 private:
  void reserve() {
    const Graph& graph = out_.network.graph;
    const std::size_t count = graph.inputs.size() + graph.initializers.size() + graph.nodes.size();
    ids_.reserve(2 * count);
    facts_.reserve(count + count / 4);
    names_.reserve(count + count / 4);
    taken_by_.reserve(count + count / 4);
    out_.layers.reserve(graph.nodes.size());
    layer_names_.reserve(2 * graph.nodes.size());
  }

  Status enter(std::string_view name, TensorFact fact) {
    if (!ids_.emplace(name, facts_.size()).second) {
      return Error{Fault::bad_input, fmt::format("tensor '{}' is made twice", name), out_.network.source,
                   "each tensor of a graph has one source: check the model with onnx.checker"};
    }
    if (auto fits = check(fact, name); !fits) return fits;
    if (fact.values) keep_within_budget(fact);
    names_.push_back(name);
    facts_.push_back(std::move(fact));
    taken_by_.push_back(0);
    return Done{};
  }

  Status check(const TensorFact& fact, std::string_view name) const {
    const auto size = network::bytes_of(fact.element, fact.shape);
    if (fact.shape.size() <= rank_limit && size && size->value <= tensor_byte_limit) return Done{};
    constexpr std::size_t shown = 20;
    const Shape head(fact.shape.begin(), fact.shape.begin() + std::min(shown, fact.shape.size()));
    return Error{
        Fault::bad_input, fmt::format("tensor of shape [{}] is not possible", fmt::join(head, ", ")),
        fmt::format("tensor '{}'", name),
        fmt::format(
            "extents must be >= 0, at most {} of them, and below 4 PiB in all; check --dim and --batch",
            rank_limit)};
  }

  void keep_within_budget(TensorFact& fact) {
    const std::size_t count = count_of(*fact.values);
    const bool fits = count == static_cast<std::size_t>(fact.elements()) &&
                      (count <= short_values || kept_values_ + count <= kept_values_limit);
    if (fits)
      kept_values_ += count;
    else
      fact.values.reset();
  }

  Status enter_sources() {
    const Graph& graph = out_.network.graph;
    for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
      if (auto entered = enter(graph.inputs[i].name, std::move(bound_.facts[i])); !entered) return entered;
    }
    for (const network::Tensor& tensor : graph.initializers) {
      TensorFact fact{.element = tensor.element, .shape = tensor.dims, .values = {}, .constant = true};
      if (tensor.values) {
        const bool real = std::holds_alternative<std::vector<double>>(*tensor.values);
        if (!real || count_of(*tensor.values) <= real_values_limit) fact.values = tensor.values;
      }
      if (auto entered = enter(tensor.name, std::move(fact)); !entered) return entered;
    }
    return Done{};
  }

  /// Moves the facts of a node's inputs into `inputs_`; a tensor that is read twice is copied.
  Status take_inputs(const Node& node, std::size_t index) {
    inputs_.clear();
    input_ids_.clear();
    for (const std::string& name : node.inputs) {
      if (name.empty()) {
        inputs_.emplace_back();
        continue;
      }
      const auto found = ids_.find(name);
      if (found == ids_.end()) {
        give_back_inputs();
        return Error{Fault::bad_input,
                     fmt::format("reads tensor '{}', which nothing produces before it", name),
                     fmt::format("node '{}'", node.name.empty() ? node.op : node.name),
                     "the model is incomplete or out of order: check it with onnx.checker"};
      }
      const std::size_t id = found->second;
      if (taken_by_[id] == index + 1) {
        inputs_.push_back(copy_of_taken(id));
        continue;
      }
      taken_by_[id] = index + 1;
      input_ids_.emplace_back(id, inputs_.size());
      inputs_.push_back(std::move(facts_[id]));
    }
    return Done{};
  }

  TensorFact copy_of_taken(std::size_t id) const {
    const auto first =
        std::find_if(input_ids_.begin(), input_ids_.end(), [id](auto& taken) { return taken.first == id; });
    const TensorFact& fact = inputs_[first->second];
    const bool is_short = !fact.values || count_of(*fact.values) <= short_values || inputs_.size() < 8;
    return {fact.element, fact.shape, is_short ? fact.values : std::nullopt, fact.constant};
  }

  void give_back_inputs() {
    for (const auto& [id, at] : input_ids_) facts_[id] = std::move(inputs_[at]);
  }

  Status place(std::size_t index) {
    const Node& node = out_.network.graph.nodes[index];
    if (auto taken = take_inputs(node, index); !taken) return taken;
    Layer layer;
    layer.name = unique_name(node, index);
    layer.op = node.op;
    layer.domain = node.domain == "ai.onnx" ? std::string() : node.domain;
    layer.node = index;
    layer.inputs = node.inputs;
    layer.outputs = node.outputs;
    layer.folded =
        !node.inputs.empty() && std::all_of(inputs_.begin(), inputs_.end(), [](const TensorFact& input) {
          return input.element == ElementType::undefined || input.constant;
        });
    const OpCall call{node, std::max<std::int64_t>(out_.network.opset(node.domain), 1), inputs_};
    const OpRule* rule = find_op_rule(node.domain, node.op);
    auto outputs = rule ? shapes_by_rule(*rule, call) : shapes_of_unknown(call);
    if (!outputs) {
      give_back_inputs();
      return std::move(outputs).error();
    }
    if (outputs->size() < node.outputs.size()) {
      return Error{Fault::unsupported,
                   fmt::format("{} with {} outputs, of which {} are understood", node.op, node.outputs.size(),
                               outputs->size()),
                   fmt::format("node '{}'", layer.name), "leave the optional outputs away when exporting"};
    }
    outputs->resize(node.outputs.size());
    for (std::size_t i = 0; i < outputs->size(); ++i) {
      if (node.outputs[i].empty())
        (*outputs)[i] = TensorFact{};
      else if (auto fits = check((*outputs)[i], node.outputs[i]); !fits)
        return fits;
    }
    layer.known = rule != nullptr;
    layer.cost = rule ? rule->cost(call, *outputs) : streaming_cost(call, *outputs, 1);
    // Folded nodes without inputs are constants; random generators are not.
    if (node.inputs.empty()) layer.folded = !outputs->empty() && outputs->front().constant;
    give_back_inputs();
    out_.layers.push_back(std::move(layer));
    layer_names_.insert(out_.layers.back().name);
    for (std::size_t i = 0; i < outputs->size(); ++i) {
      if (node.outputs[i].empty()) continue;
      if (auto entered = enter(node.outputs[i], std::move((*outputs)[i])); !entered) return entered;
    }
    return Done{};
  }

  std::string unique_name(const Node& node, std::size_t index) const {
    if (!node.name.empty() && !layer_names_.contains(node.name)) return node.name;
    std::string name = fmt::format("{}_{}", node.name.empty() ? node.op : node.name, index);
    while (layer_names_.contains(name)) name += '_';
    return name;
  }

  Result<std::vector<TensorFact>> shapes_by_rule(const OpRule& rule, const OpCall& call) {
    const auto target = target_for_batch(call);
    std::optional<network::Values> written;
    if (target) written = std::exchange(inputs_[1].values, network::Values(*target));
    auto outputs = rule.shapes(call);
    if (target) {
      inputs_[1].values = std::move(written);
      if (outputs) targets_.emplace_back(out_.layers.size(), *target);
    }
    if (outputs || outputs.error().fault != Fault::unsupported) return outputs;
    if (auto guessed = guessed_shapes(call)) return *std::move(guessed);
    return outputs;
  }

  /// The target of a Reshape that the file fixes for another batch than the one asked for.
  std::optional<Shape> target_for_batch(const OpCall& call) const {
    if (!bound_.written_batch || call.node.op != "Reshape" || !call.node.domain.empty()) return {};
    const auto* target = call.inputs.size() > 1 && call.inputs[1].constant ? call.integers(1) : nullptr;
    if (target == nullptr) return {};
    return rebatched(*target, call.inputs[0], {*bound_.written_batch, bound_.batch});
  }

  /// Shapes that depend on data: those that the file states, else the most that there can be.
  std::optional<std::vector<TensorFact>> guessed_shapes(const OpCall& call) {
    if (!call.has(0)) return {};
    std::vector<TensorFact> outputs;
    for (const std::string& name : call.node.outputs) {
      TensorFact fact = fact_of(call, call.inputs[0].element, call.inputs[0].shape);
      const ValueInfo* stated = annotation(name);
      auto shape = stated == nullptr ? std::optional<Shape>() : bound_.shape_of(*stated);
      if (!shape && call.node.op != "Slice") return {};
      if (shape) fact.shape = *std::move(shape);
      if (stated != nullptr && network::bits_of(stated->element) > 0) fact.element = stated->element;
      outputs.push_back(std::move(fact));
    }
    ++guesses_[call.node.op];
    return outputs;
  }

  Result<std::vector<TensorFact>> shapes_of_unknown(const OpCall& call) {
    const bool branches = std::any_of(
        call.node.attributes.begin(), call.node.attributes.end(),
        [](const auto& entry) { return std::holds_alternative<std::shared_ptr<const Graph>>(entry.second); });
    const std::string op = call.node.domain.empty() ? call.node.op : call.node.domain + "." + call.node.op;
    ++unknown_[op].first;
    unknown_[op].second = branches;
    std::vector<TensorFact> outputs;
    for (const std::string& name : call.node.outputs) {
      TensorFact fact;
      if (call.has(0)) fact = fact_of(call, call.inputs[0].element, call.inputs[0].shape);
      fact.constant = !call.inputs.empty() && fact.constant && !branches;
      if (const ValueInfo* stated = annotation(name)) {
        if (network::bits_of(stated->element) > 0) fact.element = stated->element;
        if (auto shape = bound_.shape_of(*stated)) fact.shape = *std::move(shape);
      }
      if (fact.element == ElementType::undefined && !name.empty()) fact.element = ElementType::float32;
      outputs.push_back(std::move(fact));
    }
    return outputs;
  }

  const ValueInfo* annotation(std::string_view name) {
    if (annotations_.empty()) {
      for (const ValueInfo& value : out_.network.graph.outputs) annotations_.emplace(value.name, &value);
      for (const ValueInfo& value : out_.network.graph.annotations) annotations_.emplace(value.name, &value);
    }
    const auto found = annotations_.find(name);
    return found == annotations_.end() ? nullptr : found->second;
  }

  void warn_of_unknown() {
    for (const auto& [op, use] : unknown_) {
      const auto& [count, branches] = use;
      const std::string times = count == 1 ? "1 node" : fmt::format("{} nodes", count);
      if (branches) {
        out_.warnings.push_back(
            {fmt::format("{} of {}: the work inside its bodies is not counted", times, op),
             "export the network without control flow (torch.onnx.export with fixed inputs)"});
      } else {
        out_.warnings.push_back(
            {fmt::format("{} of operator {}, which Forecost does not know", times, op),
             "the cost is that of its tensors alone, and its outputs' shapes may be guesses"});
      }
    }
  }

  void warn_of_guesses() {
    for (const auto& [op, count] : guesses_) {
      const std::string nodes = count == 1 ? "1 node" : fmt::format("{} nodes", count);
      out_.warnings.push_back(
          {fmt::format("{} of {}: the outputs' shapes depend on data", nodes, op),
           "they are taken from the file's annotations, else to be as large as the input"});
    }
  }

  /// Gives each Reshape that was changed for the batch a target of its own. Views into the network are void
  /// afterwards.
  void write_targets() {
    for (auto& [index, target] : targets_) {
      Layer& layer = out_.layers[index];
      std::string name = layer.inputs[1] + "_batch";
      while (out_.tensors.contains(name)) name += '_';
      const auto rank = static_cast<std::int64_t>(target.size());
      network::Tensor tensor;
      tensor.name = name;
      tensor.element = ElementType::int64;
      tensor.dims = {rank};
      tensor.values = target;
      tensor.stored = Bytes(8 * rank);
      out_.network.graph.initializers.push_back(std::move(tensor));
      out_.tensors.emplace(name, TensorFact{ElementType::int64, {rank}, std::move(target), true});
      out_.network.graph.nodes[layer.node].inputs[1] = name;
      layer.inputs[1] = std::move(name);
    }
  }

  /// A fixed batch that was replaced explains most contradictions behind it.
  Error explained(Error error) const {
    if (!bound_.written_batch) return error;
    error.hint += fmt::format(
        "; the file fixes a batch of {}, and not every network bears another: try without --batch",
        *bound_.written_batch);
    return error;
  }

  void hand_over_tensors() {
    std::vector<std::size_t> order(names_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(),
              [this](std::size_t a, std::size_t b) { return names_[a] < names_[b]; });
    for (const std::size_t id : order) {
      out_.tensors.emplace_hint(out_.tensors.end(), names_[id], std::move(facts_[id]));
    }
  }

  const Binding& binding_;
  LayeredNetwork out_;
  BoundInputs bound_;
  std::unordered_map<std::string_view, std::size_t> ids_;  ///< views into out_.network
  std::vector<std::string_view> names_;
  std::vector<TensorFact> facts_;
  std::vector<std::size_t> taken_by_;  ///< number of the last node that took a tensor, from 1
  std::vector<TensorFact> inputs_;
  std::vector<std::pair<std::size_t, std::size_t>> input_ids_;  ///< tensor, place in inputs_
  std::unordered_set<std::string_view> layer_names_;  ///< views into out_.layers, which never reallocates
  std::unordered_map<std::string_view, const ValueInfo*> annotations_;
  std::map<std::string, std::pair<int, bool>> unknown_;
  std::map<std::string, int> guesses_;                  ///< operator -> nodes
  std::vector<std::pair<std::size_t, Shape>> targets_;  ///< layer, its target for this batch
  std::size_t kept_values_ = 0;
};

}  // namespace

Result<LayeredNetwork> infer(Network network, const Binding& binding) {
  return Inference(std::move(network), binding).run();
}

}  // namespace forecost::layer
