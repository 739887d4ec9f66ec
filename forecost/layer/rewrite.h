// SPDX-License-Identifier: Apache-2.0
/// A graph that rewrite passes change in place: nodes with live edges, and what is known of every tensor.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/layer/layer.h"

namespace forecost::layer {

using NodeId = std::size_t;

/// The mutable form of a LayeredNetwork. Node ids stay valid until finish(); removed nodes keep their id.
/// Every change keeps the edges (producer, users) in step, so a pass may look and change in turn.
class Rewrite {
 public:
  explicit Rewrite(const LayeredNetwork& network);

  /// Live nodes, topologically sorted; ties keep the order of the file.
  std::vector<NodeId> order() const;
  bool alive(NodeId id) const { return alive_[id]; }
  const network::Node& node(NodeId id) const { return nodes_[id]; }
  /// The input's name, "" when it is absent.
  std::string_view input(NodeId id, std::size_t index) const;
  std::string_view output(NodeId id, std::size_t index = 0) const;
  bool is(NodeId id, std::string_view op, std::string_view domain = "") const;

  std::optional<NodeId> producer(std::string_view tensor) const;
  /// One entry per use: a node that reads the tensor twice appears twice.
  std::vector<NodeId> users(std::string_view tensor) const;
  bool is_graph_output(std::string_view tensor) const { return outputs_.contains(tensor); }
  bool is_graph_input(std::string_view tensor) const { return inputs_.contains(tensor); }
  /// The only node that reads the first output of `id`; empty when there are more, or the graph exports it.
  std::optional<NodeId> only_user(NodeId id) const;

  const TensorFact* fact(std::string_view tensor) const;
  const Shape* shape(std::string_view tensor) const;
  /// An initializer: constant, and no live node makes it.
  bool is_constant(std::string_view tensor) const;
  /// The value of a constant with one element.
  std::optional<double> scalar(std::string_view tensor) const;
  /// Known integer contents of a constant.
  std::optional<std::vector<std::int64_t>> integers(std::string_view tensor) const;
  std::int64_t opset() const { return opset_; }
  bool static_inputs() const { return static_inputs_; }  ///< the file itself fixes every input extent

  NodeId add(network::Node node);
  NodeId add(network::Node node, NodeId beside);  ///< takes the place of `beside` in the order of the file
  void remove(NodeId id);
  void set_input(NodeId id, std::size_t index, std::string_view tensor);  ///< grows the list as needed
  void drop_inputs(NodeId id, std::size_t first);
  void set_output(NodeId id, std::size_t index, std::string_view tensor);
  void set_attribute(NodeId id, std::string_view key, network::Attribute value);
  void erase_attribute(NodeId id, std::string_view key);
  void rename_op(NodeId id, std::string_view op, std::string_view domain);
  void rename_node(NodeId id, std::string_view name) { nodes_[id].name = name; }
  void replace_uses(std::string_view from, std::string_view to);
  void set_fact(std::string_view tensor, TensorFact fact);
  /// A new constant tensor; its name starts with `stem`.
  std::string add_constant(std::string_view stem, ElementType element, Shape shape,
                           std::optional<network::Values> values = {});
  std::string fresh(std::string_view stem);

  /// Takes out a node whose first output equals its input `index`. False (and nothing changes) when the graph
  /// exports the output and the input's producer cannot take over its name.
  bool bypass(NodeId id, std::size_t index = 0);

  /// The network as rewritten: live nodes, the initializers that they read, known shapes as annotations.
  network::Network finish() const;

 private:
  void link(NodeId id);
  void unlink(NodeId id);

  const network::Network* original_;
  std::vector<network::Node> nodes_;
  std::vector<bool> alive_;
  std::vector<std::size_t> places_;
  std::map<std::string, TensorFact, std::less<>> facts_;
  std::map<std::string, NodeId, std::less<>> producers_;
  std::map<std::string, std::vector<NodeId>, std::less<>> users_;
  std::set<std::string, std::less<>> outputs_;
  std::set<std::string, std::less<>> inputs_;
  std::map<std::string, int, std::less<>> fresh_;
  std::int64_t opset_ = 0;
  bool static_inputs_ = true;
};

/// A rewrite that a runtime applies. Returns whether it changed the graph.
struct Pass {
  std::string_view name;
  bool (*apply)(Rewrite& graph);
};

/// Applies the passes in order, again and again until none changes the graph or `rounds` are over.
/// Returns whether any did.
bool apply_until_stable(Rewrite& graph, const std::vector<Pass>& passes, int rounds = 10);

}  // namespace forecost::layer
