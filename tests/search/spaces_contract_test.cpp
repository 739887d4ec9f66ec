// SPDX-License-Identifier: Apache-2.0
// Laws of every built-in space.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/layer/layer.h"
#include "forecost/search/space_entry.h"
#include "tests/search/spaces.h"

namespace forecost::search {
namespace {

class EverySpace : public ::testing::TestWithParam<SpaceEntry> {};

TEST_P(EverySpace, TurnsEveryDesignIntoAValidNetwork) {
  const Space space = GetParam().space();
  numeric::Random random(11);
  std::vector<Design> designs{space.decode(std::vector<double>(space.size(), 0)),
                              space.decode(std::vector<double>(space.size(), 1))};
  for (int i = 0; i < 20; ++i) designs.push_back(tests::random_design(space, random));
  for (const Design& design : designs) {
    const auto network = GetParam().build(space, design);
    ASSERT_TRUE(network.has_value()) << space.to_json(design) << to_string(network.error());
    const auto layers = layer::infer(*network);
    ASSERT_TRUE(layers.has_value()) << space.to_json(design) << to_string(layers.error());
    EXPECT_TRUE(layers->warnings.empty());
    EXPECT_NE(layers->tensor("output"), nullptr);
    EXPECT_GT(layer::totals_of(*layers).macs.value, 0);
  }
}

TEST_P(EverySpace, ItsChainPassesTheShapesOfItsNetwork) {
  if (GetParam().chain == nullptr) GTEST_SKIP() << "skipped: " << GetParam().name << " is no chain";
  const Space space = GetParam().space();
  const Chain chain = GetParam().chain(space);
  numeric::Random random(13);
  for (int i = 0; i < 10; ++i) {
    const Design design = tests::random_design(space, random);
    network::Shape shape = chain.input;
    for (std::size_t link = 0; link < chain.size(); ++link) shape = chain.pass(link, shape, design).value();
    const auto layers = layer::infer(GetParam().build(space, design).value()).value();
    EXPECT_EQ(layers.tensor("output")->shape, shape);
    for (const layer::Layer& layer : layers.layers) {
      const auto link = chain.link_of(layer.name);
      ASSERT_TRUE(link.has_value()) << layer.name;
      EXPECT_LT(*link, chain.size()) << layer.name;
    }
  }
}

TEST_P(EverySpace, EncodesAndDecodes) {
  const Space space = GetParam().space();
  numeric::Random random(12);
  for (int i = 0; i < 50; ++i) {
    const Design design = tests::random_design(space, random);
    const Design again = space.decode(space.encode(design));
    EXPECT_EQ(space.to_json(design).size(), space.to_json(again).size());
    for (std::size_t p = 0; p < space.size(); ++p) {
      if (space[p].discrete()) {
        EXPECT_TRUE(same({{design.values[p]}}, {{again.values[p]}}));
      } else {
        EXPECT_NEAR(design.values[p], again.values[p], 1e-13 * space[p].high);  // four roundings
      }
    }
  }
}

TEST_P(EverySpace, ParametersOfTrainingAreItsOwnAndDoNotChangeTheNetwork) {
  const Space space = GetParam().space();
  const Design middle = space.repaired({});
  const auto counts = [&space](const Design& design) {
    return layer::totals_of(layer::infer(GetParam().build(space, design).value()).value());
  };
  for (const std::string_view name : GetParam().training) {
    ASSERT_TRUE(space.find(name).has_value()) << name;
    Design other = middle;
    other.values[*space.find(name)] = space[*space.find(name)].low;
    EXPECT_EQ(counts(other).macs, counts(middle).macs);
    EXPECT_EQ(counts(other).parameters, counts(middle).parameters);
  }
}

TEST_P(EverySpace, TakesMoreParametersBehindItsOwn) {
  const Space space = GetParam().space();
  std::vector<Parameter> parameters(space.parameters().begin(), space.parameters().end());
  parameters.push_back(tests::real("more", 0, 1));
  const Space larger = Space::make(parameters).value();
  EXPECT_TRUE(GetParam().build(larger, larger.repaired({})).has_value());
}

INSTANTIATE_TEST_SUITE_P(Search, EverySpace, ::testing::ValuesIn(space_list()),
                         [](const auto& entry) { return std::string(entry.param.name); });

TEST(SpaceList, IsFoundByName) {
  EXPECT_NE(find_space("hyperpower_mnist"), nullptr);
  EXPECT_EQ(find_space("hyperpower"), nullptr);
}

}  // namespace
}  // namespace forecost::search
