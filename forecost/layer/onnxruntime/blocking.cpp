// SPDX-License-Identifier: Apache-2.0
// After NchwcTransformer of ONNX Runtime: one walk in topological order converts what can stay in the blocked
// layout; outputs that unconverted nodes still read are reordered back at the end.
#include <algorithm>
#include <array>
#include <cmath>

#include "forecost/layer/onnxruntime/passes.h"

namespace forecost::layer::onnxruntime_rules {
namespace {

constexpr std::int64_t alignment = 4;  ///< channels that a reorder needs

/// The blocked form of a tensor of the original graph.
struct Blocked {
  NodeId maker;
  std::string name;
  std::size_t uses;       ///< of the original tensor at first
  std::size_t remaining;  ///< uses not yet converted
  std::int64_t channels;
};

class Blocking {
 public:
  Blocking(Rewrite& graph, std::int64_t block) : graph_(graph), block_(block) {}

  bool run() {
    for (const NodeId id : graph_.order()) {
      if (graph_.alive(id)) transform(id);
    }
    for (const auto& [original, form] : blocked_) {
      if (form.remaining > 0) reorder_back(original, form);
    }
    return changed_;
  }

 private:
  std::int64_t padded(std::int64_t channels) const { return (channels + block_ - 1) / block_ * block_; }

  Blocked* blocked(std::string_view tensor) {
    const auto found = blocked_.find(tensor);
    return found == blocked_.end() ? nullptr : &found->second;
  }

  bool has_unconverted_producers(NodeId id) const {
    return std::ranges::any_of(graph_.node(id).inputs,
                               [&](const std::string& name) { return graph_.producer(name).has_value(); });
  }

  std::string fresh_blocked(std::string_view like, std::int64_t channels) {
    std::string name = graph_.fresh("reorder");
    TensorFact fact = *graph_.fact(like);
    fact.values.reset();
    if (fact.shape.size() > 1) fact.shape[1] = padded(channels);
    graph_.set_fact(name, std::move(fact));
    return name;
  }

  /// From now on `id` writes the blocked form of its output.
  void write_blocked(NodeId id, std::int64_t channels) {
    const std::string original(graph_.output(id));
    const std::size_t uses = graph_.users(original).size() + (graph_.is_graph_output(original) ? 1U : 0U);
    std::string name = fresh_blocked(original, channels);
    graph_.set_output(id, 0, name);
    blocked_.insert_or_assign(original, Blocked{id, std::move(name), uses, uses, channels});
    changed_ = true;
  }

  /// `gone` is absorbed by the maker of `form`, whose output now stands for both.
  void absorb(NodeId gone, const Blocked& form) {
    const std::string original(graph_.output(gone));
    const std::size_t uses = graph_.users(original).size() + (graph_.is_graph_output(original) ? 1U : 0U);
    const Blocked merged{form.maker, form.name, uses, uses, form.channels};
    graph_.remove(gone);
    blocked_.insert_or_assign(original, merged);
  }

  /// Makes input 0 read the blocked form of its tensor, through a ReorderInput when there is none yet.
  void read_blocked(NodeId id, std::int64_t channels) {
    const std::string original(graph_.input(id, 0));
    if (Blocked* form = blocked(original)) {
      graph_.set_input(id, 0, form->name);
      --form->remaining;
      return;
    }
    const auto known = reordered_.find(original);
    if (known != reordered_.end()) {
      graph_.set_input(id, 0, known->second);
      return;
    }
    std::string from = original;
    std::int64_t channels_last = 0;
    const auto transpose = graph_.producer(original);
    if (transpose && graph_.is(*transpose, "Transpose") && graph_.only_user(*transpose) &&
        graph_.node(*transpose).ints_or("perm", {}) == std::vector<std::int64_t>{0, 3, 1, 2}) {
      from = graph_.input(*transpose, 0);
      channels_last = 1;
    }
    const std::string name = fresh_blocked(original, channels);
    graph_.set_input(id, 0, name);
    if (channels_last == 1) graph_.remove(*transpose);
    network::Node reorder;
    reorder.name = graph_.fresh("ReorderInput");
    reorder.op = "ReorderInput";
    reorder.domain = blocked_layout;
    reorder.inputs = {from};
    reorder.outputs = {name};
    reorder.attributes["channels_last"] = channels_last;
    graph_.add(std::move(reorder), id);
    reordered_.emplace(original, name);
  }

  void reorder_back(const std::string& original, const Blocked& form) {
    network::Node reorder;
    reorder.name = graph_.fresh("ReorderOutput");
    reorder.op = "ReorderOutput";
    reorder.domain = blocked_layout;
    reorder.inputs = {form.name};
    reorder.outputs = {original};
    reorder.attributes["channels"] = form.channels;
    reorder.attributes["channels_last"] = std::int64_t{0};
    graph_.add(std::move(reorder), form.maker);
  }

  std::string constant_like(std::string_view tensor, Shape shape) {
    return graph_.add_constant(std::string(tensor) + "_nchwc", graph_.fact(tensor)->element,
                               std::move(shape));
  }

  void transform(NodeId id) {
    if (graph_.is(id, "Conv") || graph_.is(id, "FusedConv", microsoft)) return convolution(id);
    if (graph_.is(id, "MaxPool") || graph_.is(id, "AveragePool")) return pool(id);
    if (has_unconverted_producers(id) || graph_.node(id).inputs.empty()) return;
    const network::Node& node = graph_.node(id);
    if (graph_.is(id, "Add") || graph_.is(id, "Sum")) return binary(id, Binary::addition);
    if (graph_.is(id, "Mul")) return binary(id, Binary::product);
    if (graph_.is(id, "Concat")) return concat(id);
    if (graph_.is(id, "BatchNormalization")) return batch_normalization(id);
    if (graph_.is(id, "Transpose")) return transpose(id);
    if (graph_.is(id, "Resize") || graph_.is(id, "Upsample")) return resize(id);
    if (graph_.is(id, "GlobalMaxPool") || graph_.is(id, "GlobalAveragePool")) return pool(id);
    static constexpr std::array elementwise_operators{"Relu",        "Sigmoid", "Tanh",
                                                      "HardSigmoid", "Gelu",    "QuickGelu"};
    if (std::ranges::find(elementwise_operators, node.op) != elementwise_operators.end()) activation(id);
  }

  bool is_float(std::string_view tensor) const {
    const TensorFact* fact = graph_.fact(tensor);
    return fact != nullptr && fact->element == ElementType::float32;
  }

  void convolution(NodeId id) {
    const std::string weights(graph_.input(id, 1));
    const std::string bias(graph_.input(id, 2));
    if (!graph_.is_constant(weights) || !is_float(weights) || graph_.shape(weights)->size() != 4) return;
    if (!graph_.input(id, 3).empty() || (!bias.empty() && !graph_.is_constant(bias))) return;
    Shape shape = *graph_.shape(weights);
    const std::int64_t out = shape[0];
    const std::int64_t in = shape[1];
    const std::int64_t groups = graph_.node(id).int_or("group", 1);
    const bool depthwise = groups > 1 && in == 1 && out == groups;
    bool reorder = true;
    if (depthwise) {
      if (out % alignment != 0) return;
      graph_.set_attribute(id, "group", padded(groups));
    } else if (groups > 1) {
      if (out % block_ != 0 || in % block_ != 0 || out % groups != 0 || (out / groups) % block_ != 0) return;
    } else if (in < block_) {
      reorder = false;
    } else {
      if (in % alignment != 0) return;
      shape[1] = padded(in);
    }
    shape[0] = padded(out);
    graph_.rename_op(id, "Conv", blocked_layout);
    graph_.set_input(id, 1, constant_like(weights, shape));
    if (!bias.empty() && padded(out) != out) graph_.set_input(id, 2, constant_like(bias, {padded(out)}));
    if (reorder) read_blocked(id, depthwise ? out : in * groups);
    convert(id, out, "_nchwc");
  }

  /// write_blocked() for a node that gets a new name, as ONNX Runtime gives it.
  void convert(NodeId id, std::int64_t channels, std::string_view suffix) {
    graph_.rename_node(id, std::string(graph_.output(id)).append(suffix));
    write_blocked(id, channels);
  }

  void pool(NodeId id) {
    const std::string x(graph_.input(id, 0));
    const Shape* shape = graph_.shape(x);
    if (!graph_.output(id, 1).empty() || !is_float(x) || shape == nullptr || shape->size() != 4) return;
    const std::int64_t channels = (*shape)[1];
    if (channels % block_ != 0) return;
    graph_.rename_op(id, graph_.node(id).op, blocked_layout);
    read_blocked(id, channels);
    convert(id, channels, "_nchwc");
  }

  enum class Binary { addition, product };

  void binary(NodeId id, Binary kind) {
    const std::vector<std::string> inputs = graph_.node(id).inputs;
    const Shape shape = *graph_.shape(graph_.output(id));
    if (kind == Binary::product && channel_scale(id)) return;
    for (const auto& name : inputs) {
      if (blocked(name) == nullptr || *graph_.shape(name) != shape) return;
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      Blocked* form = blocked(inputs[i]);
      graph_.set_input(id, i, form->name);
      --form->remaining;
    }
    const std::int64_t channels = blocked(inputs[0])->channels;
    if (kind == Binary::addition && inputs.size() == 2) {
      for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
        const Blocked form = *blocked(inputs[i]);
        if (!is_free_convolution(form) || !graph_.input(form.maker, 3).empty()) continue;
        const std::string other = blocked(inputs[1 - i])->name;
        absorb(id, form);
        graph_.set_input(form.maker, 3, other);
        return;
      }
    }
    write_blocked(id, channels);
  }

  /// A product with one constant per channel becomes a depthwise convolution of one pixel.
  bool channel_scale(NodeId id) {
    for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
      const std::string factor(graph_.input(id, i));
      Blocked* form = blocked(graph_.input(id, 1 - i));
      if (form == nullptr || !graph_.is_constant(factor) || !is_float(factor)) continue;
      Shape shape = *graph_.shape(factor);
      if (shape.size() == 4 && shape.front() == 1) shape.erase(shape.begin());
      if (shape != Shape{form->channels, 1, 1}) continue;
      const std::int64_t channels = form->channels;
      const std::string weights = constant_like(factor, {padded(channels), 1, 1, 1});
      graph_.rename_op(id, "Conv", blocked_layout);
      graph_.set_attribute(id, "group", padded(channels));
      graph_.set_input(id, 0, form->name);
      graph_.set_input(id, 1, weights);
      --form->remaining;
      convert(id, channels, "_mul_nchwc");
      return true;
    }
    return false;
  }

  /// A blocked convolution that one node alone reads and that has no activation yet.
  bool is_free_convolution(const Blocked& form) const {
    return graph_.is(form.maker, "Conv", blocked_layout) && form.uses == 1 &&
           graph_.node(form.maker).attribute<std::string>("activation") == nullptr;
  }

  void concat(NodeId id) {
    if (graph_.node(id).int_or("axis", 0) != 1) return;
    const std::vector<std::string> inputs = graph_.node(id).inputs;
    std::int64_t channels = 0;
    for (const auto& name : inputs) {
      const Blocked* form = blocked(name);
      if (form == nullptr || form->channels % block_ != 0) return;
      channels += form->channels;
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      Blocked* form = blocked(inputs[i]);
      graph_.set_input(id, i, form->name);
      --form->remaining;
    }
    write_blocked(id, channels);
  }

  /// x * HardSigmoid(x), alone behind a convolution, becomes its HardSwish. The product behind `gate`, if it
  /// is that.
  std::optional<NodeId> hard_swish(NodeId gate, const Blocked& x) const {
    const network::Node& node = graph_.node(gate);
    const bool sixth = std::abs(node.real_or("alpha", 0.2) - 1.0 / 6.0) < 1e-4;
    if (node.op != "HardSigmoid" || !sixth || node.real_or("beta", 0.5) != 0.5 || x.uses != 2)
      return std::nullopt;
    if (!graph_.is(x.maker, "Conv", blocked_layout)) return std::nullopt;
    if (graph_.node(x.maker).attribute<std::string>("activation") != nullptr) return std::nullopt;
    const auto product = graph_.only_user(gate);
    if (!product || !graph_.is(*product, "Mul") || graph_.is_graph_output(graph_.output(*product))) {
      return std::nullopt;
    }
    const std::size_t other = graph_.input(*product, 0) == graph_.output(gate) ? 1 : 0;
    return graph_.input(*product, other) == graph_.input(gate, 0) ? product : std::nullopt;
  }

  void activation(NodeId id) {
    Blocked* form = blocked(graph_.input(id, 0));
    if (form == nullptr) return;
    if (const auto product = hard_swish(id, *form)) {
      form->remaining -= 2;
      const Blocked maker = *form;
      graph_.remove(id);
      graph_.set_attribute(maker.maker, "activation", std::string("HardSwish"));
      absorb(*product, maker);
      return;
    }
    graph_.set_input(id, 0, form->name);
    --form->remaining;
    const Blocked from = *form;
    const network::Node& node = graph_.node(id);
    const bool can_fuse = node.op != "Gelu" && node.op != "QuickGelu";
    if (!can_fuse || !is_free_convolution(from)) {
      write_blocked(id, from.channels);
      return;
    }
    graph_.set_attribute(from.maker, "activation", node.op);
    if (node.op == "HardSigmoid") {
      graph_.set_attribute(from.maker, "activation_params",
                           std::vector<double>{node.real_or("alpha", 0.2), node.real_or("beta", 0.5)});
    }
    absorb(id, from);
  }

  void batch_normalization(NodeId id) {
    Blocked* form = blocked(graph_.input(id, 0));
    if (form == nullptr || !graph_.output(id, 1).empty()) return;
    for (std::size_t i = 1; i < 5; ++i) {
      if (!graph_.is_constant(graph_.input(id, i))) return;
    }
    const std::int64_t channels = padded(form->channels);
    const std::string weights = constant_like(graph_.input(id, 1), {channels, 1, 1, 1});
    const std::string bias = constant_like(graph_.input(id, 2), {channels});
    graph_.drop_inputs(id, 3);
    graph_.rename_op(id, "Conv", blocked_layout);
    graph_.erase_attribute(id, "epsilon");
    graph_.erase_attribute(id, "momentum");
    graph_.set_attribute(id, "group", channels);
    graph_.set_input(id, 0, form->name);
    graph_.set_input(id, 1, weights);
    graph_.set_input(id, 2, bias);
    --form->remaining;
    const std::int64_t logical = form->channels;
    convert(id, logical, "_bn_nchwc");
  }

  void transpose(NodeId id) {
    Blocked* form = blocked(graph_.input(id, 0));
    if (form == nullptr || graph_.node(id).ints_or("perm", {}) != std::vector<std::int64_t>{0, 2, 3, 1})
      return;
    --form->remaining;
    graph_.rename_op(id, "ReorderOutput", blocked_layout);
    graph_.set_input(id, 0, form->name);
    graph_.erase_attribute(id, "perm");
    graph_.set_attribute(id, "channels", form->channels);
    graph_.set_attribute(id, "channels_last", std::int64_t{1});
  }

  void resize(NodeId id) {
    Blocked* form = blocked(graph_.input(id, 0));
    if (form == nullptr || !can_upsample_blocked(graph_, id)) return;
    const Shape& from = *graph_.shape(graph_.input(id, 0));
    const Shape& to = *graph_.shape(graph_.output(id));
    graph_.set_attribute(id, "scales", std::vector<std::int64_t>{1, 1, to[2] / from[2], to[3] / from[3]});
    graph_.drop_inputs(id, 1);
    graph_.rename_op(id, "Upsample", blocked_layout);
    graph_.set_input(id, 0, form->name);
    --form->remaining;
    const std::int64_t channels = form->channels;
    convert(id, channels, "_nchwc");
  }

  Rewrite& graph_;
  std::int64_t block_;  ///< channels per block
  std::map<std::string, Blocked, std::less<>> blocked_;
  std::map<std::string, std::string, std::less<>> reordered_;
  bool changed_ = false;
};

}  // namespace

bool block_channels(Rewrite& graph, std::int64_t block) {
  return block > 1 && Blocking(graph, block).run();
}

void state_block(network::Network& optimised, std::int64_t block) {
  if (block == widest_block) return;
  for (network::Node& node : optimised.graph.nodes) {
    if (node.domain == blocked_layout) node.attributes.insert_or_assign("block", block);
  }
}

}  // namespace forecost::layer::onnxruntime_rules
