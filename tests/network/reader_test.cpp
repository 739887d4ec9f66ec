// SPDX-License-Identifier: Apache-2.0
#include "forecost/network/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/network/onnx_bytes.h"

namespace forecost::network::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> ops_of(const Graph& graph) {
  std::vector<std::string> ops;
  for (const Node& node : graph.nodes) ops.push_back(node.op);
  return ops;
}

Bytes with_initializer(const Bytes& initializer) {
  return model(relu_graph().part(5, initializer));
}

TEST(Reader, FindsEverythingInASmallModel) {
  const auto network = parse(model(relu_graph()).bytes(2, "pytorch"));
  ASSERT_TRUE(network) << to_string(network.error());
  EXPECT_EQ(network->source, "model.onnx");
  EXPECT_EQ(network->producer, "pytorch");
  EXPECT_EQ(network->ir_version, 8);
  EXPECT_EQ(network->opset("ai.onnx"), 17);
  EXPECT_THAT(ops_of(network->graph), ElementsAre("Relu"));
  ASSERT_EQ(network->graph.inputs.size(), 1U);
  EXPECT_EQ(network->graph.inputs[0].dims->at(0).extent, 2);
}

TEST(Reader, AScalarHasDimsAndAnUnknownShapeHasNone) {
  const Bytes unknown = Bytes().bytes(1, "u").part(2, Bytes().part(1, Bytes().number(1, 1)));
  const auto network = parse(model(relu_graph().part(13, info("s")).part(13, unknown)));
  ASSERT_TRUE(network);
  EXPECT_TRUE(network->graph.annotations[0].dims.has_value());
  EXPECT_FALSE(network->graph.annotations[1].dims.has_value());
}

TEST(Reader, OldFilesListInitializersAmongTheInputs) {
  const Bytes graph = relu_graph().part(11, info("w", {1})).part(5, tensor("w", 1, {1}).bytes(9, "abcd"));
  const auto network = parse(model(graph, 3));
  ASSERT_TRUE(network);
  ASSERT_EQ(network->graph.inputs.size(), 1U);
  EXPECT_EQ(network->graph.inputs[0].name, "x");
}

TEST(Reader, SortsNodesAndKeepsTheirOrderWherePossible) {
  Bytes graph;
  graph.part(1, node("Neg", {"b"}, {"c"}))
      .part(1, node("Abs", {"x"}, {"a"}))
      .part(1, node("Exp", {"a"}, {"b"}));
  graph.part(1, node("Add", {"x", "x"}, {"d"})).part(11, info("x")).part(12, info("c"));
  const auto network = parse(model(graph));
  ASSERT_TRUE(network);
  EXPECT_THAT(ops_of(network->graph), ElementsAre("Abs", "Exp", "Neg", "Add"));
}

TEST(Reader, ACycleNamesANodeOfIt) {
  Bytes graph = Bytes().part(1, node("Relu", {"x"}, {"a"}, "first"));
  graph.part(1, node("Add", {"a", "c"}, {"b"}, "round"))
      .part(1, node("Neg", {"b"}, {"c"}, "about"))
      .part(11, info("x"));
  const Error error = refused(model(graph));
  EXPECT_EQ(error.fault, Fault::bad_input);
  EXPECT_THAT(error.what, HasSubstr("cycle"));
  EXPECT_THAT(error.where, ::testing::AnyOf(HasSubstr("'round'"), HasSubstr("'about'")));
}

TEST(Reader, ANodeThatNeedsItselfIsACycle) {
  EXPECT_THAT(refused(model(Bytes().part(1, node("Relu", {"y"}, {"y"}, "self")))).what, HasSubstr("cycle"));
}

TEST(Reader, ATensorThatNothingMakesIsNamedWithItsUser) {
  const Error error = refused(model(Bytes().part(1, node("Relu", {"ghost"}, {"y"}, "relu"))));
  EXPECT_THAT(error.what, HasSubstr("'ghost'"));
  EXPECT_THAT(error.where, HasSubstr("'relu'"));
}

TEST(Reader, ATensorIsMadeOnce) {
  const Error error = refused(model(relu_graph().part(1, node("Neg", {"x"}, {"y"}, "again"))));
  EXPECT_THAT(error.what, HasSubstr("'y' is made more than once"));
  EXPECT_THAT(error.where, HasSubstr("'again'"));
}

TEST(Reader, SubgraphsSeeTheTensorsAroundThem) {
  Bytes branch = Bytes().part(1, node("Neg", {"late"}, {"n"})).part(12, info("n"));
  Bytes graph =
      Bytes().part(1, node("If", {"c"}, {"y"}, "if").part(5, graph_attribute("then_branch", branch)));
  graph.part(1, node("Relu", {"c"}, {"late"})).part(11, info("c")).part(12, info("y"));
  const auto network = parse(model(graph));
  ASSERT_TRUE(network) << to_string(network.error());
  EXPECT_EQ(network->subgraphs, 1);
  EXPECT_THAT(ops_of(network->graph), ElementsAre("Relu", "If")) << "what a branch captures orders the node";
  const auto* body = network->graph.nodes[1].attribute<std::shared_ptr<const Graph>>("then_branch");
  ASSERT_NE(body, nullptr);
  EXPECT_THAT(ops_of(**body), ElementsAre("Neg"));
}

TEST(Reader, ASubgraphsTensorMustComeFromSomewhere) {
  const Bytes branch = Bytes().part(1, node("Neg", {"ghost"}, {"n"}, "inner"));
  const Bytes graph =
      relu_graph().part(1, node("If", {"x"}, {"z"}).part(5, graph_attribute("then_branch", branch)));
  EXPECT_THAT(refused(model(graph)).where, HasSubstr("'inner'"));
}

Bytes nested(int levels) {
  Bytes graph = Bytes().part(1, node("Relu", {"x"}, {"y"}));
  for (int i = 0; i < levels; ++i) {
    graph = Bytes().part(1, node("If", {"x"}, {"y"}).part(5, graph_attribute("then_branch", graph)));
  }
  return model(graph.part(11, info("x")));
}

TEST(Reader, EightLevelsOfSubgraphsAreReadAndNineAreNot) {
  const auto deep = parse(nested(8));
  ASSERT_TRUE(deep) << to_string(deep.error());
  EXPECT_EQ(deep->subgraphs, 8);
  EXPECT_THAT(refused(nested(9)).what, HasSubstr("nested more than 8 deep"));
  EXPECT_THAT(refused(nested(3000)).what, HasSubstr("nested more than 8 deep"));
}

TEST(Reader, EveryCutIsRefusedWithItsPlaceAndAHint) {
  const std::string whole = model(relu_graph().part(5, tensor("w", 1, {3}).bytes(9, "abcdabcdabcd"))).text;
  ASSERT_TRUE(parse(whole));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto cut = parse(std::string_view(whole).substr(0, length));
    ASSERT_FALSE(cut) << length;
    EXPECT_THAT(cut.error().where, HasSubstr("model.onnx")) << length;
    EXPECT_FALSE(cut.error().hint.empty()) << length;
  }
}

TEST(Reader, AnyBytesEndInANetworkOrAnErrorWithAHint) {
  EXPECT_TRUE(rc::check("random bytes", [](const std::string& bytes) {
    const auto network = parse(bytes);
    RC_ASSERT(!network);
    RC_ASSERT(!network.error().what.empty());
    RC_ASSERT(!network.error().hint.empty());
  }));
  EXPECT_TRUE(rc::check("one byte changed", [] {
    std::string bytes = model(relu_graph().part(5, tensor("w", 7, {2}).number(7, 5).number(7, -5))).text;
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
    const auto network = parse(bytes);
    if (!network) RC_ASSERT(!network.error().hint.empty());
  }));
}

TEST(Reader, SaysWhatAFileIsThatIsNoModel) {
  const auto what = [](std::string text) { return refused(Bytes{std::move(text)}); };
  EXPECT_THAT(what("").what, HasSubstr("empty"));
  EXPECT_THAT(what("# README\nThis is text.\n").what, HasSubstr("text file"));
  EXPECT_THAT(what("version https://git-lfs.github.com/spec/v1\noid ...").hint, HasSubstr("git lfs pull"));
  EXPECT_THAT(what(std::string("PK\x03\x04", 4) + "data.pkl").hint, HasSubstr("torch.onnx.export"));
  EXPECT_THAT(what(std::string("\x1C\0\0\0TFL3", 8)).what, HasSubstr("TensorFlow Lite"));
  EXPECT_THAT(what("<!DOCTYPE html>").hint, HasSubstr("download"));
}

TEST(Reader, AModelNeedsAGraphAndAnIrVersion) {
  EXPECT_THAT(refused(Bytes().number(1, 8)).what, HasSubstr("no graph"));
  EXPECT_THAT(refused(Bytes().part(7, relu_graph())).what, HasSubstr("IR version"));
  EXPECT_THAT(refused(model(Bytes())).what, HasSubstr("empty"));
  EXPECT_THAT(refused(model(relu_graph()).part(7, relu_graph())).what, HasSubstr("two graphs"));
}

TEST(Reader, ALengthBeyondTheEndNamesTheByte) {
  const Error error = refused(Bytes{std::string("\x08\x08\x3A\x7F\x0A", 5)});
  EXPECT_THAT(error.what, HasSubstr("claims 127 bytes, but only 1"));
  EXPECT_THAT(error.where, HasSubstr("byte 2"));
}

TEST(Reader, AFieldOfTheWrongEncodingIsRefused) {
  EXPECT_THAT(refused(Bytes().number(1, 8).number(7, 1)).what, HasSubstr("field 7 holds a varint"));
}

TEST(Reader, NamesAreUtf8) {
  EXPECT_THAT(refused(model(Bytes().part(1, node("Relu", {"x\xFF"}, {"y"})))).what, HasSubstr("UTF-8"));
  EXPECT_TRUE(parse(model(Bytes().part(1, node("Relu", {"größe"}, {"y"})).part(11, info("größe")))));
}

TEST(Reader, NegativeExtentsAndOverflowsAreRefused) {
  EXPECT_THAT(refused(with_initializer(tensor("w", 1, {2, -3}))).what, HasSubstr("negative extent -3"));
  EXPECT_THAT(refused(with_initializer(tensor("w", 1, {2, -3}))).where, HasSubstr("'w'"));
  EXPECT_THAT(refused(model(relu_graph().part(11, info("z", {1, -1})))).what,
              HasSubstr("negative extent -1"));
  const std::int64_t huge = std::int64_t{1} << 40;
  EXPECT_THAT(refused(with_initializer(tensor("w", 1, {huge, huge}))).what, HasSubstr("more elements than"));
  EXPECT_THAT(refused(with_initializer(tensor("w", 1, {huge, std::int64_t{1} << 22}))).what,
              HasSubstr("more bytes than"));
  EXPECT_THAT(refused(model(relu_graph().part(11, info("z", {huge, huge})))).what,
              HasSubstr("more elements than"));
}

TEST(Reader, ANodeNeedsAnOperatorAndDistinctAttributes) {
  EXPECT_THAT(refused(model(relu_graph().part(1, node("", {"x"}, {"z"}, "nameless")))).what,
              HasSubstr("'nameless'"));
  const Bytes alpha = Bytes().bytes(1, "alpha").number(3, 1).number(20, 2);
  const Error error =
      refused(model(relu_graph().part(1, node("Elu", {"x"}, {"z"}, "elu").part(5, alpha).part(5, alpha))));
  EXPECT_THAT(error.what, HasSubstr("'alpha' is given twice"));
  EXPECT_THAT(error.where, HasSubstr("'elu'"));
}

TEST(Reader, AttributesOfFilesWithoutTypesAreKnownByTheirFields) {
  const Bytes pads = Bytes().bytes(1, "pads").number(8, 1).number(8, 2);
  const auto network = parse(model(relu_graph().part(1, node("Pad", {"x"}, {"z"}).part(5, pads)), 1));
  ASSERT_TRUE(network);
  EXPECT_THAT(network->graph.nodes[1].ints_or("pads", {}), ElementsAre(1, 2));
}

TEST(Reader, TheStandardDomainHasTwoSpellings) {
  const auto network = parse(model(relu_graph().part(1, node("Relu", {"x"}, {"z"}).bytes(7, "ai.onnx"))));
  ASSERT_TRUE(network);
  EXPECT_EQ(network->graph.nodes[1].domain, "");
}

TEST(Reader, FieldsOfLaterVersionsAreSteppedOver) {
  EXPECT_TRUE(parse(model(relu_graph().number(77, 5).bytes(78, "new")).bytes(99, "newer")));
}

}  // namespace
}  // namespace forecost::network::test
