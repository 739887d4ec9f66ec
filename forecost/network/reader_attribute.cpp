// SPDX-License-Identifier: Apache-2.0
// Field numbers: onnx.proto, message AttributeProto.
#include <fmt/format.h>

#include "forecost/network/reader_graph.h"
#include "forecost/network/reader_tensor.h"

namespace forecost::network {
namespace {

/// AttributeProto.AttributeType.
enum class Type : std::int64_t {
  undefined = 0,
  real = 1,
  integer = 2,
  string = 3,
  tensor = 4,
  graph = 5,
  reals = 6,
  integers = 7,
  strings = 8,
  graphs = 10,
  sparse_tensor = 11
};

/// One AttributeProto, its parts found but not yet read.
struct Draft {
  std::string_view name;
  std::string_view reference;
  Type type = Type::undefined;
  Type seen = Type::undefined;  ///< what the fields suggest; files of IR version 1 state no type
  std::int64_t integer = 0;
  double real = 0;
  std::string_view text;
  wire::Message message;
  std::vector<std::int64_t> integers;
  std::vector<double> reals;
  std::vector<std::string> texts;
  std::vector<wire::Message> graphs;
};

Result<Draft> read_draft(wire::Message message, const Place& place) {
  Draft draft;
  wire::Cursor at(message);
  const auto see = [&draft](Type type) { draft.seen = type; };
  while (at.next()) {
    switch (at.field()) {
      case 1:
        draft.name = at.text();
        break;
      case 2:
        draft.real = at.real(), see(Type::real);
        break;
      case 3:
        draft.integer = at.integer(), see(Type::integer);
        break;
      case 4:
        draft.text = at.bytes(), see(Type::string);
        break;
      case 5:
        draft.message = at.message(), see(Type::tensor);
        break;
      case 6:
        draft.message = at.message(), see(Type::graph);
        break;
      case 7:
        at.floats([&draft](float value) { draft.reals.push_back(value); }), see(Type::reals);
        break;
      case 8:
        at.integers(
            [&draft](std::uint64_t value) { draft.integers.push_back(static_cast<std::int64_t>(value)); });
        see(Type::integers);
        break;
      case 9:
        draft.texts.emplace_back(at.bytes()), see(Type::strings);
        break;
      case 11:
        draft.graphs.push_back(at.message()), see(Type::graphs);
        break;
      case 20:
        draft.type = static_cast<Type>(at.integer());
        break;
      case 21:
        draft.reference = at.text();
        break;
      case 22:
        draft.message = at.message(), see(Type::sparse_tensor);
        break;
      default:
        break;
    }
  }
  if (at.defect()) return place.damaged(*at.defect());
  if (draft.type == Type::undefined) draft.type = draft.seen;
  return draft;
}

}  // namespace

Status GraphReader::read_attribute(wire::Message message, Context context, NodeDraft& draft) {
  std::string_view name;
  std::string_view reference;
  wire::Cursor at(message);
  while (at.next()) {
    if (at.field() == 1) name = at.text();
    if (at.field() == 21) reference = at.text();
  }
  if (at.defect()) return place_.damaged(*at.defect());
  const auto store = [&](Attribute value) -> Status {
    if (draft.node.attributes.emplace(name, std::move(value)).second) return Done{};
    return place_.within(fmt::format("node '{}' ({})", draft.node.name, draft.node.op))
        .broken(fmt::format("attribute '{}' is given twice", name), "the model is damaged: export it again");
  };
  if (!reference.empty()) {
    if (!context.scope) {
      return place_.within(fmt::format("node '{}' ({})", draft.node.name, draft.node.op))
          .broken(fmt::format("attribute '{}' refers to a function's attribute outside of a function", name),
                  "the model is damaged: export it again");
    }
    const auto found = context.scope->attributes.find(reference);
    return found == context.scope->attributes.end() ? Status(Done{}) : store(found->second);
  }
  FORECOST_TRY(std::optional<Attribute> value, read_value(message, context, draft.captured));
  return value ? store(std::move(*value)) : Status(Done{});
}

Result<std::optional<Attribute>> GraphReader::read_value(wire::Message message, Context context,
                                                         std::vector<Outer>& captured) {
  using Value = std::optional<Attribute>;
  FORECOST_TRY(Draft draft, read_draft(message, place_));
  const auto subgraph = [&](wire::Message graph) -> Result<Value> {
    if (!graph.origin)
      return place_.broken(fmt::format("attribute '{}' has no graph", draft.name), "export the model again");
    ++subgraphs_;
    FORECOST_TRY(Settled settled, read_graph(graph, {context.scope, context.level + 1}));
    captured.insert(captured.end(), settled.outer.begin(), settled.outer.end());
    return Value(std::make_shared<const Graph>(std::move(settled.graph)));
  };
  switch (draft.type) {
    case Type::real:
      return Value(draft.real);
    case Type::integer:
      return Value(draft.integer);
    case Type::string:
      return Value(std::string(draft.text));
    case Type::reals:
      return Value(std::move(draft.reals));
    case Type::integers:
      return Value(std::move(draft.integers));
    case Type::strings:
      return Value(std::move(draft.texts));
    case Type::tensor:
    case Type::sparse_tensor: {
      const bool dense = draft.type == Type::tensor;
      FORECOST_TRY(Tensor tensor,
                   dense ? read_tensor(draft.message, place_) : read_sparse_tensor(draft.message, place_));
      return Value(std::move(tensor));
    }
    case Type::graph:
      return subgraph(draft.message);
    case Type::graphs:
      for (const wire::Message graph : draft.graphs) {
        FORECOST_TRY([[maybe_unused]] const Value ignored, subgraph(graph));
      }
      return Value();
    default:
      return Value();
  }
}

}  // namespace forecost::network
