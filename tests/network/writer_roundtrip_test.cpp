// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "forecost/network/writer.h"
#include "tests/network/onnx_bytes.h"

namespace forecost::network::test {
namespace {

bool same(const Graph& a, const Graph& b);
bool same(const Node& a, const Node& b);

/// Reals are written as 32-bit floats.
bool same(double a, double b) {
  return static_cast<float>(a) == static_cast<float>(b);
}
bool same(const Tensor& a, const Tensor& b) {
  return a.name == b.name && a.element == b.element && a.dims == b.dims && a.values == b.values &&
         a.external_file == b.external_file && a.external_offset == b.external_offset;
}
bool same(const ValueInfo& a, const ValueInfo& b) {
  if (a.name != b.name || a.element != b.element || a.dims.has_value() != b.dims.has_value()) return false;
  if (!a.dims) return true;
  return std::equal(
      a.dims->begin(), a.dims->end(), b.dims->begin(), b.dims->end(),
      [](const Dimension& x, const Dimension& y) { return x.extent == y.extent && x.symbol == y.symbol; });
}
template <typename T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const T& x, const T& y) { return same(x, y); });
}
bool same(const Attribute& a, const Attribute& b) {
  if (a.index() != b.index()) return false;
  if (const auto* real = std::get_if<double>(&a)) return same(*real, std::get<double>(b));
  if (const auto* reals = std::get_if<std::vector<double>>(&a))
    return same(*reals, std::get<std::vector<double>>(b));
  if (const auto* tensor = std::get_if<Tensor>(&a)) return same(*tensor, std::get<Tensor>(b));
  using Subgraph = std::shared_ptr<const Graph>;
  if (const auto* graph = std::get_if<Subgraph>(&a)) return same(**graph, *std::get<Subgraph>(b));
  if (const auto* number = std::get_if<std::int64_t>(&a)) return *number == std::get<std::int64_t>(b);
  if (const auto* text = std::get_if<std::string>(&a)) return *text == std::get<std::string>(b);
  if (const auto* texts = std::get_if<std::vector<std::string>>(&a))
    return *texts == std::get<std::vector<std::string>>(b);
  return std::get<std::vector<std::int64_t>>(a) == std::get<std::vector<std::int64_t>>(b);
}
bool same(const Node& a, const Node& b) {
  return a.name == b.name && a.op == b.op && a.domain == b.domain && a.inputs == b.inputs &&
         a.outputs == b.outputs &&
         std::equal(
             a.attributes.begin(), a.attributes.end(), b.attributes.begin(), b.attributes.end(),
             [](const auto& x, const auto& y) { return x.first == y.first && same(x.second, y.second); });
}
bool same(const Graph& a, const Graph& b) {
  return a.name == b.name && same(a.nodes, b.nodes) && same(a.initializers, b.initializers) &&
         same(a.inputs, b.inputs) && same(a.outputs, b.outputs) && same(a.annotations, b.annotations);
}

std::int64_t below(std::int64_t bound) {
  return *rc::gen::inRange<std::int64_t>(0, bound);
}

std::string word(const std::string& stem) {
  return stem + std::to_string(below(1000));
}

Tensor any_tensor(std::string name) {
  Tensor tensor;
  tensor.name = std::move(name);
  for (std::int64_t rank = below(4); rank > 0; --rank) tensor.dims.push_back(below(4));
  const auto count = static_cast<std::size_t>(*elements_of(tensor.dims));
  switch (below(3)) {
    case 0:
      tensor.element = ElementType::int64;
      tensor.values =
          *rc::gen::container<std::vector<std::int64_t>>(count, rc::gen::arbitrary<std::int64_t>());
      break;
    case 1: {
      tensor.element = ElementType::float32;
      std::vector<double> reals;
      while (reals.size() < count) reals.push_back(static_cast<double>(below(1000)) / 8);
      tensor.values = std::move(reals);
      break;
    }
    default:
      tensor.element = ElementType::float16;
      tensor.external_file = word("weights/part");
      tensor.external_offset = below(1 << 20);
  }
  return tensor;
}

ValueInfo any_info(std::string name) {
  ValueInfo info{std::move(name), static_cast<ElementType>(1 + below(28)), {}};
  if (below(4) == 0) return info;
  info.dims.emplace();
  for (std::int64_t rank = below(4); rank > 0; --rank) {
    switch (below(3)) {
      case 0:
        info.dims->push_back({below(100), ""});
        break;
      case 1:
        info.dims->push_back({{}, word("batch")});
        break;
      default:
        info.dims->push_back({});
    }
  }
  return info;
}

Graph any_graph(const std::string& prefix, int levels);

Attribute any_attribute(const std::string& prefix, int levels) {
  switch (below(levels > 0 ? 8 : 7)) {
    case 0:
      return *rc::gen::arbitrary<std::int64_t>();
    case 1:
      return static_cast<double>(below(1000)) / 7;
    case 2:
      return *rc::gen::arbitrary<std::string>();
    case 3:
      return *rc::gen::arbitrary<std::vector<std::int64_t>>();
    case 4:
      return std::vector<double>(static_cast<std::size_t>(1 + below(3)), 0.1);
    case 5:
      return std::vector<std::string>{word("a"), ""};
    case 6:
      return any_tensor(word("t"));
    default:
      return std::make_shared<const Graph>(any_graph(prefix + "/", levels - 1));
  }
}

/// Every node uses tensors that are there before it.
Graph any_graph(const std::string& prefix, int levels) {
  Graph graph;
  graph.name = word("graph");
  std::vector<std::string> known{prefix + "x"};
  graph.inputs.push_back(any_info(known.front()));
  for (std::int64_t i = below(4); i > 0; --i) {
    known.push_back(prefix + "w" + std::to_string(i));
    graph.initializers.push_back(any_tensor(known.back()));
  }
  for (std::int64_t i = below(6); i > 0; --i) {
    Node node;
    node.name = below(3) == 0 ? "" : word("node");
    node.op = word("Op");
    node.domain = below(2) == 0 ? "" : "com.example";
    for (std::int64_t j = below(4); j > 0; --j) {
      node.inputs.push_back(
          below(5) == 0 ? ""
                        : known[static_cast<std::size_t>(below(static_cast<std::int64_t>(known.size())))]);
    }
    for (std::int64_t j = below(3); j > 0; --j)
      node.attributes[word("attribute")] =
          any_attribute(prefix + std::to_string(i) + "." + std::to_string(j), levels);
    node.outputs = {prefix + "t" + std::to_string(i), ""};
    known.push_back(node.outputs.front());
    graph.nodes.push_back(std::move(node));
  }
  graph.outputs.push_back(any_info(known.back()));
  graph.annotations.push_back(any_info(known.front()));
  return graph;
}

TEST(WriterRoundTrip, ReadingWhatWasWrittenGivesTheSameNetwork) {
  EXPECT_TRUE(rc::check([] {
    Network network;
    network.producer = word("producer");
    network.ir_version = 3 + below(8);
    network.opsets = {{"", 7 + below(17)}, {"com.example", 1}};
    network.graph = any_graph("", 2);
    const auto written = serialise(network);
    RC_ASSERT(written.has_value());
    const auto again = parse(*written);
    if (!again) RC_FAIL(to_string(again.error()));
    RC_ASSERT(again->producer == network.producer);
    RC_ASSERT(again->ir_version == network.ir_version);
    RC_ASSERT(again->opsets == network.opsets);
    RC_ASSERT(same(again->graph, network.graph));
    RC_ASSERT(*serialise(*again) == *written);
  }));
}

}  // namespace
}  // namespace forecost::network::test
