// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/network/onnx_bytes.h"

namespace forecost::network::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A function of domain "my" with one input "a" and one output "b".
Bytes function(const std::string& name, const std::vector<Bytes>& nodes) {
  Bytes message = Bytes().bytes(1, name).bytes(4, "a").bytes(5, "b").bytes(10, "my");
  for (const Bytes& each : nodes) message.part(7, each);
  return message;
}

Bytes call(const std::string& name, const std::string& input, const std::string& output,
           const std::string& label = {}) {
  return node(name, {input}, {output}, label).bytes(7, "my");
}

Bytes calling(const std::string& name, const std::vector<Bytes>& functions) {
  Bytes bytes = model(Bytes().part(1, call(name, "x", "y", "main")).part(11, info("x")).part(12, info("y")));
  for (const Bytes& each : functions) bytes.part(25, each);
  return bytes;
}

Bytes reference(const std::string& name, const std::string& to) {
  return Bytes().bytes(1, name).bytes(21, to).number(20, 2);
}
Bytes integer(const std::string& name, std::int64_t value) {
  return Bytes().bytes(1, name).number(3, value).number(20, 2);
}

TEST(ReaderFunction, ACallBecomesTheBody) {
  const Bytes twice = function("Twice", {node("Neg", {"a"}, {"t"}), node("Exp", {"t"}, {"b"})});
  const auto network = parse(calling("Twice", {twice}));
  ASSERT_TRUE(network) << to_string(network.error());
  EXPECT_THAT(network->functions, ElementsAre("my:Twice"));
  ASSERT_EQ(network->graph.nodes.size(), 2U);
  EXPECT_THAT(network->graph.nodes[0].inputs, ElementsAre("x"));
  EXPECT_THAT(network->graph.nodes[1].outputs, ElementsAre("y"));
  EXPECT_EQ(network->graph.nodes[0].outputs, network->graph.nodes[1].inputs);
}

TEST(ReaderFunction, InnerTensorsOfTwoCallsDiffer) {
  const Bytes twice = function("Twice", {node("Neg", {"a"}, {"t"}), node("Exp", {"t"}, {"b"})});
  const Bytes outer = function("Four", {call("Twice", "a", "m"), call("Twice", "m", "b")});
  const auto network = parse(calling("Four", {outer, twice}));
  ASSERT_TRUE(network) << to_string(network.error());
  ASSERT_EQ(network->graph.nodes.size(), 4U);
  EXPECT_NE(network->graph.nodes[0].outputs, network->graph.nodes[2].outputs);
  EXPECT_THAT(network->graph.nodes[3].outputs, ElementsAre("y"));
}

TEST(ReaderFunction, AttributesComeFromTheCallThenFromTheDefault) {
  Bytes leak = function(
      "Leak",
      {node("Cast", {"a"}, {"t"}).part(5, reference("to", "kind")),
       node("Concat", {"t"}, {"b"}).part(5, reference("axis", "axis")).part(5, reference("gone", "gone"))});
  leak.part(11, integer("axis", 7)).part(11, integer("kind", 1));
  Bytes graph = Bytes().part(1, call("Leak", "x", "y").part(5, integer("kind", 6))).part(11, info("x"));
  const auto network = parse(model(graph).part(25, leak));
  ASSERT_TRUE(network) << to_string(network.error());
  EXPECT_EQ(network->graph.nodes[0].int_or("to", 0), 6);
  EXPECT_EQ(network->graph.nodes[1].int_or("axis", 0), 7);
  EXPECT_EQ(network->graph.nodes[1].attribute<std::int64_t>("gone"), nullptr);
}

TEST(ReaderFunction, AnOutputThatIsAnInputIsCopied) {
  const auto network =
      parse(calling("Same", {Bytes().bytes(1, "Same").bytes(4, "a").bytes(5, "a").bytes(10, "my")}));
  ASSERT_TRUE(network) << to_string(network.error());
  ASSERT_EQ(network->graph.nodes.size(), 1U);
  EXPECT_EQ(network->graph.nodes[0].op, "Identity");
  EXPECT_THAT(network->graph.nodes[0].inputs, ElementsAre("x"));
}

TEST(ReaderFunction, BranchesInsideAFunctionAreRenamedToo) {
  const Bytes branch = Bytes().part(1, node("Add", {"a", "k"}, {"o"})).part(12, info("o"));
  const Bytes body = function(
      "Cond",
      {node("Exp", {"a"}, {"k"}), node("If", {"a"}, {"b"}).part(5, graph_attribute("then_branch", branch))});
  const auto network = parse(calling("Cond", {body}));
  ASSERT_TRUE(network) << to_string(network.error());
  const auto* inside = network->graph.nodes[1].attribute<std::shared_ptr<const Graph>>("then_branch");
  ASSERT_NE(inside, nullptr);
  EXPECT_THAT((*inside)->nodes[0].inputs, ElementsAre("x", network->graph.nodes[0].outputs[0]));
}

TEST(ReaderFunction, AFunctionMustNotNeedItself) {
  const Error error =
      refused(calling("A", {function("A", {call("B", "a", "b")}), function("B", {call("A", "a", "b")})}));
  EXPECT_EQ(error.fault, Fault::bad_input);
  EXPECT_THAT(error.what, HasSubstr("calls itself"));
}

TEST(ReaderFunction, CallsThatExpandWithoutEndAreRefused) {
  std::vector<Bytes> functions{function("F0", {})};
  for (int i = 1; i <= 40; ++i) {
    const std::string below = fmt::format("F{}", i - 1);
    functions.push_back(function(fmt::format("F{}", i), {call(below, "a", "t"), call(below, "a", "b")}));
  }
  const Error error = refused(calling("F40", functions));
  EXPECT_EQ(error.fault, Fault::unsupported);
  EXPECT_THAT(error.hint, HasSubstr("inline"));
}

TEST(ReaderFunction, AChainOfCallsHasADepth) {
  std::vector<Bytes> functions{function("F0", {node("Neg", {"a"}, {"b"})})};
  for (int i = 1; i <= 100; ++i)
    functions.push_back(function(fmt::format("F{}", i), {call(fmt::format("F{}", i - 1), "a", "b")}));
  EXPECT_TRUE(parse(calling("F60", functions)));
  EXPECT_THAT(refused(calling("F100", functions)).what, HasSubstr("more than 64 deep"));
}

TEST(ReaderFunction, ACallFitsItsFunction) {
  const Bytes graph =
      Bytes().part(1, node("F", {"x", "x"}, {"y"}, "call").bytes(7, "my")).part(11, info("x"));
  EXPECT_THAT(refused(model(graph).part(25, function("F", {}))).what, HasSubstr("has 1 inputs"));
  EXPECT_THAT(refused(calling("F", {function("F", {}), function("F", {})})).what, HasSubstr("defined twice"));
}

TEST(ReaderFunction, AReferenceOutsideOfAFunctionIsRefused) {
  const Error error = refused(
      model(relu_graph().part(1, node("Elu", {"x"}, {"z"}, "elu").part(5, reference("alpha", "alpha")))));
  EXPECT_THAT(error.what, HasSubstr("outside of a function"));
  EXPECT_THAT(error.where, HasSubstr("'elu'"));
}

}  // namespace
}  // namespace forecost::network::test
