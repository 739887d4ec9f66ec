// SPDX-License-Identifier: Apache-2.0
// Field numbers: onnx.proto, message FunctionProto. A call is replaced by the function's nodes: its inputs
// and outputs take the names they have at the call, every other name gets a prefix that no other call has.
#include <algorithm>

#include <fmt/format.h>

#include "forecost/network/reader_graph.h"

namespace forecost::network {
namespace {

constexpr std::int64_t node_price = 256;
constexpr std::size_t longest_prefix = 128;

std::int64_t size_of(const Values& values) {
  return std::visit([](const auto& list) { return static_cast<std::int64_t>(list.size() * 8); }, values);
}

std::int64_t size_of(const Tensor& tensor) {
  return static_cast<std::int64_t>(tensor.dims.size() * 8) + (tensor.values ? size_of(*tensor.values) : 0) +
         node_price;
}

std::int64_t size_of(const Attribute& attribute) {
  struct Sizes {
    std::int64_t operator()(std::int64_t) const { return 8; }
    std::int64_t operator()(double) const { return 8; }
    std::int64_t operator()(const std::string& text) const { return static_cast<std::int64_t>(text.size()); }
    std::int64_t operator()(const std::vector<std::int64_t>& list) const {
      return static_cast<std::int64_t>(list.size() * 8);
    }
    std::int64_t operator()(const std::vector<double>& list) const {
      return static_cast<std::int64_t>(list.size() * 8);
    }
    std::int64_t operator()(const std::vector<std::string>& list) const {
      auto size = static_cast<std::int64_t>(list.size() * sizeof(std::string));
      for (const std::string& text : list) size += static_cast<std::int64_t>(text.size());
      return size;
    }
    std::int64_t operator()(const Tensor& tensor) const { return size_of(tensor); }
    std::int64_t operator()(const std::shared_ptr<const Graph>& graph) const {  // its nodes have paid already
      std::int64_t size = node_price;
      for (const Tensor& tensor : graph->initializers) size += size_of(tensor);
      const std::size_t infos = graph->inputs.size() + graph->outputs.size() + graph->annotations.size();
      return size + node_price * static_cast<std::int64_t>(infos);
    }
  };
  return std::visit(Sizes(), attribute);
}

}  // namespace

std::string function_key(std::string_view domain, std::string_view name, std::string_view overload) {
  return overload.empty() ? fmt::format("{}:{}", domain, name)
                          : fmt::format("{}:{}:{}", domain, name, overload);
}

Result<std::pair<std::string, std::int64_t>> read_opset(wire::Message message, const Place& place) {
  std::pair<std::string, std::int64_t> opset;
  wire::Cursor at(message);
  while (at.next()) {
    if (at.field() == 1) opset.first = domain_of(at.text());
    if (at.field() == 2) opset.second = at.integer();
  }
  if (at.defect()) return place.damaged(*at.defect());
  return opset;
}

Result<Function> read_function(wire::Message message, const Place& place) {
  Function function;
  wire::Cursor at(message);
  while (at.next()) {
    switch (at.field()) {
      case 1:
        function.name = at.text();
        break;
      case 4:
        function.inputs.emplace_back(at.text());
        break;
      case 5:
        function.outputs.emplace_back(at.text());
        break;
      case 7:
        function.nodes.push_back(at.message());
        break;
      case 9: {
        FORECOST_TRY(auto opset, read_opset(at.message(), place));
        function.opsets.insert(std::move(opset));
        break;
      }
      case 10:
        function.domain = domain_of(at.text());
        break;
      case 11: {
        const wire::Message attribute = at.message();
        wire::Cursor field(attribute);
        while (field.next()) {
          if (field.field() == 1) function.defaults.insert_or_assign(std::string(field.text()), attribute);
        }
        if (field.defect()) return place.damaged(*field.defect());
        break;
      }
      case 13:
        function.overload = at.text();
        break;
      default:
        break;
    }
  }
  if (at.defect()) return place.damaged(*at.defect());
  if (!function.name.empty()) return function;
  return place.broken("a model-local function has no name", "the model is damaged: export it again");
}

std::string GraphReader::renamed(std::string_view name, const Scope* scope) {
  if (!scope || name.empty()) return std::string(name);
  if (expansion_ > largest_expansion) return {};
  const auto found = scope->bound.find(std::string(name));
  std::string fresh = found != scope->bound.end() ? found->second : scope->prefix + std::string(name);
  expansion_ += static_cast<std::int64_t>(fresh.size() + sizeof(std::string));
  return fresh;
}

Status GraphReader::charge(wire::Message message, const Node& node) {
  expansion_ += node_price + static_cast<std::int64_t>(std::min<std::size_t>(message.bytes.size(), 4096));
  for (const auto& [name, value] : node.attributes) expansion_ += size_of(value);
  if (expansion_ <= largest_expansion) return Done{};
  return Error{Fault::unsupported, "the calls of model-local functions expand to more than 256 MiB of nodes",
               place_.text(), "inline the functions before export, or export without them"};
}

Status GraphReader::bind(const NodeDraft& call, Scope& scope, Body& tail) {
  const Function& function = scope.function;
  const Place place = place_.within(label_of(call.node, 0));
  if (call.node.inputs.size() > function.inputs.size() ||
      call.node.outputs.size() > function.outputs.size()) {
    return place.broken(fmt::format("function {} has {} inputs and {} outputs, but is called with {} and {}",
                                    function.name, function.inputs.size(), function.outputs.size(),
                                    call.node.inputs.size(), call.node.outputs.size()),
                        "the model is damaged: export it again");
  }
  for (std::size_t i = 0; i < function.inputs.size(); ++i) {
    scope.bound[function.inputs[i]] = i < call.node.inputs.size() ? call.node.inputs[i] : std::string();
  }
  for (std::size_t i = 0; i < call.node.outputs.size(); ++i) {
    const std::string& outside = call.node.outputs[i];
    if (outside.empty() || scope.bound.emplace(function.outputs[i], outside).second) continue;
    // An output that is an input, or the same result twice: the runtime's inliner copies it, too.
    Node copy{fmt::format("{}output_{}", scope.prefix, i), "Identity", "",
              {scope.bound.at(function.outputs[i])},       {outside},  {}};
    tail.graph.nodes.push_back(std::move(copy));
    tail.captured.emplace_back();
  }
  return Done{};
}

Status GraphReader::expand(const Function& function, NodeDraft call, Context context, Body& body) {
  const Place place = place_.within(label_of(call.node, body.graph.nodes.size()));
  for (const Scope* scope = context.scope; scope; scope = scope->caller) {
    if (&scope->function == &function) {
      return place.broken(fmt::format("function {} calls itself", function.name),
                          "a function must not need itself: export the model again");
    }
  }
  const std::size_t depth = context.scope ? context.scope->depth + 1 : 1;
  if (depth > deepest_call) {
    return place.broken(fmt::format("functions call each other more than {} deep", deepest_call),
                        "inline the functions before export");
  }
  const bool unfit = call.node.name.empty() || call.node.name.size() > longest_prefix;
  Scope scope{function,
              context.scope,
              {},
              fmt::format("{}#{}/", unfit ? "call" : call.node.name, ++calls_),
              std::move(call.node.attributes),
              depth};
  for (const auto& [name, message] : function.defaults) {
    if (scope.attributes.count(name) != 0) continue;
    FORECOST_TRY(std::optional<Attribute> value,
                 read_value(message, {nullptr, context.level}, call.captured));
    if (value) scope.attributes.emplace(name, std::move(*value));
  }
  Body tail;
  FORECOST_TRY([[maybe_unused]] const Done bound, bind(call, scope, tail));
  for (const wire::Message node : function.nodes) {
    FORECOST_TRY([[maybe_unused]] const Done done, add_node(node, {&scope, context.level}, body));
  }
  std::move(tail.graph.nodes.begin(), tail.graph.nodes.end(), std::back_inserter(body.graph.nodes));
  body.captured.resize(body.graph.nodes.size());
  return Done{};
}

}  // namespace forecost::network
