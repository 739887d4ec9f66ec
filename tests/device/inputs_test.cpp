// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/inputs.h"

#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace forecost::device {
namespace {

using network::ElementType;

std::vector<double> numbers(const InputSpec& spec) {
  const auto bytes = generated(spec);
  std::vector<double> values;
  for (std::int64_t i = 0; i < *network::elements_of(spec.shape); ++i) {
    values.push_back(element_at(spec.element, *bytes, static_cast<std::size_t>(i)));
  }
  return values;
}

TEST(Inputs, RealsAreNearStandardNormal) {
  for (const auto type :
       {ElementType::float32, ElementType::float64, ElementType::float16, ElementType::bfloat16}) {
    const auto values = numbers({"x", type, {10'000}});
    double sum = 0, squares = 0;
    for (const double value : values) {
      ASSERT_TRUE(std::isfinite(value));
      sum += value, squares += value * value;
    }
    EXPECT_NEAR(sum / 1e4, 0, 0.04);  // four standard errors of a mean over 10 000
    EXPECT_NEAR(squares / 1e4, 1, 0.06);
  }
}

TEST(Inputs, TheSameNameGivesTheSameNumbersAndAnotherNameOthers) {
  const auto a = numbers({"a", ElementType::float32, {2, 8}});
  EXPECT_EQ(a, numbers({"a", ElementType::float32, {2, 8}}));
  EXPECT_NE(a, numbers({"b", ElementType::float32, {2, 8}}));
}

TEST(Inputs, NarrowerRealsAreTheSameNumbersRounded) {
  const auto wide = numbers({"x", ElementType::float32, {1000}});
  const auto half = numbers({"x", ElementType::float16, {1000}});
  const auto brain = numbers({"x", ElementType::bfloat16, {1000}});
  for (std::size_t i = 0; i < wide.size(); ++i) {
    EXPECT_NEAR(half[i], wide[i], std::abs(wide[i]) * 0x1p-10 + 0x1p-14);
    EXPECT_NEAR(brain[i], wide[i], std::abs(wide[i]) * 0x1p-7);
  }
}

TEST(Inputs, IntegersStayBelowTheirBound) {
  rc::check("0 <= id < bound", [] {
    const auto below = *rc::gen::inRange<std::int64_t>(1, 1000);
    const auto type = *rc::gen::element(ElementType::int64, ElementType::int32, ElementType::uint8);
    for (const double value : numbers({"ids", type, {300}, below})) {
      RC_ASSERT(value >= 0);
      RC_ASSERT(value < static_cast<double>(below));
    }
  });
}

TEST(Inputs, MasksAndBooleansAreOne) {
  for (const double value : numbers({"attention_mask", ElementType::int64, {9}})) EXPECT_EQ(value, 1);
  for (const double value : numbers({"flag", ElementType::boolean, {9}})) EXPECT_EQ(value, 1);
}

TEST(Inputs, TextCannotBeGeneratedAndSaysWhatCan) {
  const auto text = generated({"words", ElementType::string, {1}});
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().fault, Fault::unsupported);
  EXPECT_EQ(text.error().where, "input 'words'");
  EXPECT_EQ(text.error().hint, "export the network with float or integer inputs");
}

TEST(Inputs, ASizeThatOverflowsIsRefused) {
  const auto huge = generated({"x", ElementType::float32, {std::int64_t{1} << 40, std::int64_t{1} << 40}});
  ASSERT_FALSE(huge);
  EXPECT_EQ(huge.error().fault, Fault::exhausted);
}

TEST(Inputs, FreeExtentsTakeTheirSymbolThenTheBatchThenOne) {
  Model model;
  model.batch = 8;
  model.symbols["seq"] = 128;
  const std::vector<network::Dimension> dims{
      {std::nullopt, ""}, {std::nullopt, "seq"}, {3, ""}, {std::nullopt, "?"}};
  EXPECT_EQ(extents_of(dims, model), (network::Shape{8, 128, 3, 1}));
  const std::vector<network::Dimension> fixed{{4, ""}};
  EXPECT_EQ(extents_of(fixed, model), (network::Shape{4}));
}

TEST(Inputs, IdsAreBoundedByTheShortestTableThatTheyReach) {
  network::Graph graph;
  graph.inputs = {{"ids", ElementType::int64, {}}, {"other", ElementType::int64, {}}};
  graph.initializers.resize(2);
  graph.initializers[0].name = "words", graph.initializers[0].dims = {30522, 768};
  graph.initializers[1].name = "kinds", graph.initializers[1].dims = {2, 768};
  graph.nodes.resize(3);
  graph.nodes[0].op = "Gather", graph.nodes[0].inputs = {"words", "ids"}, graph.nodes[0].outputs = {"a"};
  graph.nodes[1].op = "Cast", graph.nodes[1].inputs = {"ids"}, graph.nodes[1].outputs = {"narrow"};
  graph.nodes[2].op = "Gather", graph.nodes[2].inputs = {"kinds", "narrow"}, graph.nodes[2].outputs = {"b"};
  const auto bounds = index_bounds(graph);
  ASSERT_EQ(bounds.size(), 1u);
  EXPECT_EQ(bounds.at("ids"), 2);
}

}  // namespace
}  // namespace forecost::device
