// SPDX-License-Identifier: Apache-2.0
/// GraphProto, NodeProto, AttributeProto and FunctionProto: calls of model-local functions become their
/// bodies.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "forecost/network/network.h"
#include "forecost/network/reader_order.h"
#include "forecost/network/reader_place.h"
#include "forecost/network/wire.h"
#include "forecost/outcome/outcome.h"

namespace forecost::network {

/// A model-local function as it lies in the file; its nodes are read anew for each call.
struct Function {
  std::string domain;
  std::string name;
  std::string overload;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::map<std::string, wire::Message, std::less<>> defaults;  ///< attributes a call may leave out
  std::map<std::string, std::int64_t, std::less<>> opsets;
  std::vector<wire::Message> nodes;
};

/// What calls name: "domain:name", with ":overload" where there is one.
std::string function_key(std::string_view domain, std::string_view name, std::string_view overload);

/// OperatorSetIdProto: domain and version.
Result<std::pair<std::string, std::int64_t>> read_opset(wire::Message message, const Place& place);

/// By function_key().
using Functions = std::map<std::string, Function, std::less<>>;

/// Reads one FunctionProto without its nodes' contents.
Result<Function> read_function(wire::Message message, const Place& place);

/// "ai.onnx" is the same domain as "".
std::string domain_of(std::string_view text);

/// Reads the graphs of one model. Nesting of subgraphs, depth of calls and size of what calls expand to are
/// limited, so that a small hostile file cannot ask for much memory.
class GraphReader {
 public:
  static constexpr int deepest_nesting = 8;
  static constexpr std::size_t deepest_call = 64;
  static constexpr std::int64_t largest_expansion = std::int64_t{1} << 28;  ///< bytes, about

  GraphReader(Place place, const Functions& functions) : place_(std::move(place)), functions_(functions) {}

  /// The main graph, sorted and complete. Fails: `bad_input`, `unsupported`.
  Result<Graph> read(wire::Message message);

  std::int64_t subgraphs() const { return subgraphs_; }

 private:
  using Attributes = std::map<std::string, Attribute, std::less<>>;

  /// Names and attributes as a call gives them to a function's body. The main graph has no scope.
  struct Scope {
    const Function& function;
    const Scope* caller;
    std::unordered_map<std::string, std::string> bound;
    std::string prefix;
    Attributes attributes;
    std::size_t depth;
  };
  /// What the reader is in: a function's body or none, how many graphs deep.
  struct Context {
    const Scope* scope = nullptr;
    int level = 0;
  };
  struct NodeDraft {
    Node node;
    std::string overload;
    std::vector<Outer> captured;
  };

  Result<Settled> read_graph(wire::Message message, Context context);
  Result<NodeDraft> read_node(wire::Message message, Context context);
  Status read_attribute(wire::Message message, Context context, NodeDraft& draft);
  Result<std::optional<Attribute>> read_value(wire::Message message, Context context,
                                              std::vector<Outer>& captured);
  Status add_node(wire::Message message, Context context, Body& body);
  Status expand(const Function& function, NodeDraft call, Context context, Body& body);
  Status bind(const NodeDraft& call, Scope& scope, Body& tail);
  Status charge(wire::Message message, const Node& node);
  std::string renamed(std::string_view name, const Scope* scope);

  Place place_;
  const Functions& functions_;
  std::int64_t subgraphs_ = 0;
  std::int64_t calls_ = 0;
  std::int64_t expansion_ = 0;
};

}  // namespace forecost::network
