// SPDX-License-Identifier: Apache-2.0
// Field numbers: onnx.proto, messages GraphProto and NodeProto.
#include "forecost/network/reader_graph.h"

#include <fmt/format.h>

#include "forecost/network/reader_tensor.h"
#include "forecost/network/reader_value_info.h"

namespace forecost::network {

std::string domain_of(std::string_view text) {
  return text == "ai.onnx" ? std::string() : std::string(text);
}

Result<Graph> GraphReader::read(wire::Message message) {
  FORECOST_TRY(Settled settled, read_graph(message, {}));
  if (!settled.outer.empty()) {
    const Outer& first = settled.outer.front();
    return place_.within(first.user)
        .broken(fmt::format("tensor '{}' is used, but nothing makes it", first.name),
                "it must be a graph input, an initializer or the output of a node: export the model again");
  }
  return std::move(settled.graph);
}

Result<Settled> GraphReader::read_graph(wire::Message message, Context context) {
  if (context.level > deepest_nesting) {
    return place_.broken(fmt::format("graphs are nested more than {} deep", deepest_nesting),
                         "flatten the If, Loop and Scan nodes before export");
  }
  Body body;
  Graph& graph = body.graph;
  const auto info_into = [&](std::vector<ValueInfo>& list, wire::Message part) -> Status {
    FORECOST_TRY(ValueInfo info, read_value_info(part, place_));
    info.name = renamed(info.name, context.scope);
    list.push_back(std::move(info));
    return Done{};
  };
  const auto initializer = [&](Result<Tensor> read) -> Status {
    FORECOST_TRY(Tensor tensor, std::move(read));
    tensor.name = renamed(tensor.name, context.scope);
    graph.initializers.push_back(std::move(tensor));
    return Done{};
  };
  wire::Cursor at(message);
  while (at.next()) {
    Status status = Done{};
    switch (at.field()) {
      case 1:
        status = add_node(at.message(), context, body);
        break;
      case 2:
        graph.name = at.text();
        break;
      case 5:
        status = initializer(read_tensor(at.message(), place_));
        break;
      case 11:
        status = info_into(graph.inputs, at.message());
        break;
      case 12:
        status = info_into(graph.outputs, at.message());
        break;
      case 13:
        status = info_into(graph.annotations, at.message());
        break;
      case 15:
        status = initializer(read_sparse_tensor(at.message(), place_));
        break;
      default:
        break;
    }
    if (!status) return std::move(status).error();
  }
  if (at.defect()) return place_.damaged(*at.defect());
  return settle(std::move(body), place_);
}

Result<GraphReader::NodeDraft> GraphReader::read_node(wire::Message message, Context context) {
  NodeDraft draft;
  Node& node = draft.node;
  std::vector<wire::Message> attributes;
  wire::Cursor at(message);
  while (at.next()) {
    switch (at.field()) {
      case 1:
        node.inputs.push_back(renamed(at.text(), context.scope));
        break;
      case 2:
        node.outputs.push_back(renamed(at.text(), context.scope));
        break;
      case 3:
        node.name = renamed(at.text(), context.scope);
        break;
      case 4:
        node.op = at.text();
        break;
      case 5:
        attributes.push_back(at.message());
        break;
      case 7:
        node.domain = domain_of(at.text());
        break;
      case 8:
        draft.overload = at.text();
        break;
      default:
        break;
    }
  }
  if (at.defect()) return place_.damaged(*at.defect());
  if (node.op.empty()) {
    return place_.broken(fmt::format("a node has no operator (its name is '{}')", node.name),
                         "the model is damaged: export it again");
  }
  for (const wire::Message attribute : attributes) {
    FORECOST_TRY([[maybe_unused]] const Done done, read_attribute(attribute, context, draft));
  }
  return draft;
}

Status GraphReader::add_node(wire::Message message, Context context, Body& body) {
  FORECOST_TRY(NodeDraft draft, read_node(message, context));
  if (context.scope) {
    FORECOST_TRY([[maybe_unused]] const Done paid, charge(message, draft.node));
  }
  if (!functions_.empty()) {
    const auto called = functions_.find(function_key(draft.node.domain, draft.node.op, draft.overload));
    if (called != functions_.end()) return expand(called->second, std::move(draft), context, body);
  }
  body.graph.nodes.push_back(std::move(draft.node));
  body.captured.push_back(std::move(draft.captured));
  return Done{};
}

}  // namespace forecost::network
