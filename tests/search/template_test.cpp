// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/layer/layer.h"
#include "forecost/search/template_layers.h"
#include "tests/search/spaces.h"

namespace forecost::search {
namespace {

using ::testing::HasSubstr;

Result<Template> parsed(const std::string& text, const Space& space) {
  const Result<TomlNode> tree = parse_toml(text, "t.toml");
  if (!tree) return tree.error();
  return Template::parse(*tree, space);
}

layer::Totals totals_of(const network::Network& network) {
  return layer::totals_of(layer::infer(network).value());
}

const Space& widths() {
  static const Space space =
      Space::make({tests::integer("width", 1, 64), tests::integer("depth", 0, 4),
                   tests::integer("pool", 1, 20), tests::categorical("act", {R"("relu")", R"("silu")"})})
          .value();
  return space;
}

TEST(Template, CountsOfAPerceptronAreThoseMadeByHand) {
  const Template network = parsed(
                               "input = [784]\nlayers = [{ type = \"linear\", features = \"$width * 10\", "
                               "activation = \"relu\" }, { "
                               "type = \"linear\", features = 10 }]",
                               widths())
                               .value();
  const layer::Totals totals = totals_of(network.build({{20, 0, 1, 0}}).value());
  EXPECT_EQ(totals.parameters, 784 * 200 + 200 + 200 * 10 + 10);
  EXPECT_EQ(totals.macs, Macs(784 * 200 + 200 * 10));
}

TEST(Template, OnlyTheFirstOfAStageShrinksTheImage) {
  const Template network = parsed(
                               "input = [3, 32, 32]\nlayers = [{ type = \"residual\", channels = 8, stride = "
                               "2, repeat = \"$depth\" }]",
                               widths())
                               .value();
  for (const int depth : {1, 4}) {
    const auto layers = layer::infer(network.build({{1, static_cast<double>(depth), 1, 0}}).value()).value();
    EXPECT_EQ(layers.tensor("output")->shape, (network::Shape{1, 8, 16, 16})) << depth;
  }
}

TEST(Template, AChoiceNamesTheActivation) {
  const Template network =
      parsed("input = [3, 8, 8]\nlayers = [{ type = \"conv\", channels = 4, activation = \"$act\" }]",
             widths())
          .value();
  const auto ops = [&network](double act) {
    std::vector<std::string> names;
    const network::Network built = network.build({{1, 0, 1, act}}).value();
    for (const auto& node : built.graph.nodes) names.push_back(node.op);
    return names;
  };
  EXPECT_THAT(ops(0), ::testing::Contains("Relu"));
  EXPECT_THAT(ops(1), ::testing::Contains("Sigmoid"));
}

TEST(Template, ADesignWhoseLayersDoNotFitIsAnErrorThatNamesTheLayer) {
  const Template network =
      parsed("input = [3, 16, 16]\nlayers = [{ type = \"max_pool\", kernel = \"$pool\" }]", widths()).value();
  EXPECT_TRUE(network.build({{1, 0, 16, 0}}).has_value());
  const auto large = network.build({{1, 0, 17, 0}});
  ASSERT_FALSE(large.has_value());
  EXPECT_THAT(large.error().what, HasSubstr("layer 1 (max_pool)"));
  EXPECT_THAT(large.error().where, HasSubstr("t.toml:2:"));
  EXPECT_FALSE(large.error().hint.empty());
}

TEST(Template, AFieldOutsideOfItsRangeIsAnErrorOfTheDesign) {
  const Template network =
      parsed("input = [3, 16, 16]\nlayers = [{ type = \"conv\", channels = \"$width - 5\" }]", widths())
          .value();
  EXPECT_TRUE(network.build({{6, 0, 1, 0}}).has_value());
  EXPECT_THAT(network.build({{5, 0, 1, 0}}).error().what, HasSubstr("channels is 0"));
}

TEST(Template, LayersThatDoNotFollowEachOtherSayWhatTheyTake) {
  const Template network =
      parsed("input = [784]\nlayers = [{ type = \"conv\", channels = 3 }]", widths()).value();
  EXPECT_THAT(network.build({{6, 0, 1, 0}}).error().what, HasSubstr("takes an image"));
}

class EveryLayer : public ::testing::TestWithParam<LayerRule> {};

TEST_P(EveryLayer, WithItsDefaultsMakesAValidNetwork) {
  const LayerRule& rule = GetParam();
  std::string fields;
  for (const FieldRule& field : rule.fields) {
    if (field.required) fields += ", " + std::string(field.name) + " = 4";
  }
  const bool tokens = rule.name == "transformer" || rule.name == "token_mean";
  const std::string before = tokens ? "{ type = \"patches\", width = 16, size = 4 }, " : "";
  const std::string head = rule.name == "linear" ? "[12]" : "[12, 16, 16]";
  const auto network = parsed("input = " + head + "\nlayers = [" + before + "{ type = \"" +
                                  std::string(rule.name) + "\"" + fields + " }]",
                              widths());
  ASSERT_TRUE(network.has_value()) << to_string(network.error());
  const auto built = network->build({{1, 0, 1, 0}});
  ASSERT_TRUE(built.has_value()) << to_string(built.error());
  const auto layers = layer::infer(*built);
  ASSERT_TRUE(layers.has_value()) << to_string(layers.error());
  EXPECT_TRUE(layers->warnings.empty());
}

INSTANTIATE_TEST_SUITE_P(Template, EveryLayer, ::testing::ValuesIn(layer_rules()),
                         [](const auto& entry) { return std::string(entry.param.name); });

}  // namespace
}  // namespace forecost::search
