// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include "tests/search/spaces.h"

namespace forecost::search {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tests::categorical;
using tests::integer;
using tests::mixed_space;
using tests::only;
using tests::ordinal;
using tests::random_design;
using tests::random_space;
using tests::real;

constexpr double off = std::numeric_limits<double>::quiet_NaN();

std::string what_fails(std::vector<Parameter> parameters) {
  const Result<Space> space = Space::make(std::move(parameters));
  if (space) return "nothing";
  EXPECT_EQ(space.error().fault, Fault::bad_input);
  EXPECT_FALSE(space.error().hint.empty());
  return space.error().where + ": " + space.error().what;
}

TEST(Space, EncodesDiscreteValuesAsTheCentresOfTheirCells) {
  const Space space = Space::make({integer("n", 1, 4), ordinal("k", {"1", "3"}), real("r", 10, 30)}).value();
  EXPECT_THAT(space.encode({{1, 1, 15}}), ElementsAre(0.125, 0.75, 0.25));
}

TEST(Space, EqualRatiosAreEqualDistancesUnderALogarithm) {
  const Space space = Space::make({real("rate", 1e-4, 1, true)}).value();
  EXPECT_NEAR(space.encode({{1e-2}})[0], 0.5, 1e-15);  // rounding of the logarithm
  EXPECT_NEAR(space.decode(std::vector<double>{0.25}).values[0], 1e-3, 1e-17);
}

TEST(Space, TheEdgesOfTheUnitCubeAreTheEndsOfTheRanges) {
  const Space space =
      Space::make({real("r", -1, 3), integer("n", 2, 9, true), ordinal("k", {"1", "3", "5"})}).value();
  EXPECT_THAT(space.decode(std::vector<double>{0, 0, 0}).values, ElementsAre(-1, 2, 0));
  EXPECT_THAT(space.decode(std::vector<double>{1, 1, 1}).values, ElementsAre(3, 9, 2));
}

RC_GTEST_PROP(Space, DecodeUndoesEncode, (std::uint64_t seed)) {
  const Space space = random_space(seed);
  numeric::Random random(seed + 1);
  for (int i = 0; i < 10; ++i) {
    const Design design = random_design(space, random);
    RC_ASSERT(space.check(design).has_value());
    const Design again = space.decode(space.encode(design));
    for (std::size_t p = 0; p < space.size(); ++p) {
      if (space[p].discrete() || std::isnan(design.values[p])) {
        RC_ASSERT(same({{design.values[p]}}, {{again.values[p]}}));
      } else {
        // four roundings, amplified by the width of the logarithm
        RC_ASSERT(std::abs(design.values[p] - again.values[p]) <=
                  1e-13 * std::max({std::abs(space[p].low), std::abs(space[p].high), 1.0}));
      }
    }
  }
}

RC_GTEST_PROP(Space, JsonKeepsEveryBitOfADesign, (std::uint64_t seed)) {
  const Space space = random_space(seed);
  numeric::Random random(seed + 1);
  const Design design = random_design(space, random);
  const Result<Design> again = space.from_json(json::parse(space.to_json(design).dump()));
  RC_ASSERT(again.has_value());
  RC_ASSERT(same(design, *again));
}

RC_GTEST_PROP(Space, RepairMakesADesignOfAnything, (std::uint64_t seed)) {
  const Space space = random_space(seed);
  numeric::Random random(seed + 1);
  Design wild;
  const auto count = random.integer(0, static_cast<std::int64_t>(space.size()));
  for (std::int64_t i = 0; i < count; ++i) {
    wild.values.push_back(random.integer(0, 3) == 0 ? off : random.uniform(-5000, 5000));
  }
  const Design design = space.repaired(wild);
  RC_ASSERT(space.check(design).has_value());
  RC_ASSERT(same(design, space.repaired(design)));
}

TEST(Space, RepairChangesNoDesignOfTheSpace) {
  const Space space = mixed_space();
  numeric::Random random(3);
  for (int i = 0; i < 100; ++i) {
    const Design design = random_design(space, random);
    EXPECT_TRUE(same(design, space.repaired(design)));
  }
}

TEST(Space, AChildOfAnInactiveParameterIsInactive) {
  const Space space = mixed_space();
  const Design design = space.repaired({{0, 16, 0.01, 0.1, 1, 2, 0}});
  EXPECT_TRUE(std::isnan(design.values[5]));
  EXPECT_TRUE(std::isnan(design.values[6]));
  const json object = space.to_json(design);
  EXPECT_EQ(object, json::parse(R"({"kind":"plain","width":16,"rate":0.01,"drop":0.1,"kernel":3})"));
}

TEST(Space, CountsDesignsWithTheirConditions) {
  // kind 0: 1; kind 1 or 2: depth 1, 3 alone, depth 2, 4 times 2 = 6 each; so 1 + 12
  const Space space =
      Space::make({categorical("kind", {"0", "1", "2"}), only(integer("depth", 1, 4), 0, {1, 2}),
                   only(ordinal("expand", {"3", "6"}), 1, {2, 4})})
          .value();
  EXPECT_EQ(space.cardinality(), 13);
  EXPECT_EQ(Space::make({integer("n", 0, 9), integer("m", 1, 1)}).value().cardinality(), 10);
  EXPECT_EQ(mixed_space().cardinality(), std::numeric_limits<double>::infinity());
}

TEST(Space, RefusesWhatIsNoSpace) {
  EXPECT_THAT(what_fails({real("", 0, 1)}), HasSubstr("no name"));
  EXPECT_THAT(what_fails({real("a", 0, 1), integer("a", 0, 1)}), HasSubstr("a: two parameters"));
  EXPECT_THAT(what_fails({real("a", 1, 1)}), HasSubstr("a: the range 1 ... 1 is empty"));
  EXPECT_THAT(what_fails({integer("a", 3, 2)}), HasSubstr("empty"));
  EXPECT_THAT(what_fails({real("a", 0, off)}), HasSubstr("empty"));
  EXPECT_THAT(what_fails({integer("a", 0.5, 2)}), HasSubstr("fraction"));
  EXPECT_THAT(what_fails({real("a", 0, 1, true)}), HasSubstr("logarithm"));
  EXPECT_THAT(what_fails({ordinal("a", {})}), HasSubstr("no choices"));
  EXPECT_THAT(what_fails({ordinal("a", {"relu"})}), HasSubstr("not a JSON value"));
  EXPECT_THAT(what_fails({ordinal("a", {"1", "1.0"})}), HasSubstr("listed twice"));
}

TEST(Space, RefusesConditionsThatCannotHold) {
  EXPECT_THAT(what_fails({only(real("a", 0, 1), 0, {1})}), HasSubstr("earlier"));
  EXPECT_THAT(what_fails({real("a", 0, 1), only(real("b", 0, 1), 0, {1})}), HasSubstr("real"));
  EXPECT_THAT(what_fails({integer("a", 0, 1), only(real("b", 0, 1), 0, {})}), HasSubstr("never active"));
  EXPECT_THAT(what_fails({integer("a", 0, 1), only(real("b", 0, 1), 0, {2})}), HasSubstr("never has"));
}

TEST(Space, ChecksNameTheParameterAndItsRange) {
  const Space space = mixed_space();
  const auto error = [&space](std::vector<double> values) {
    return space.check({std::move(values)}).error();
  };
  EXPECT_EQ(error({0, 7, 0.01, 0.1, 1, off, off}).where, "width");
  EXPECT_THAT(error({0, 7, 0.01, 0.1, 1, off, off}).hint, HasSubstr("8 ... 64"));
  EXPECT_THAT(error({0, 8.5, 0.01, 0.1, 1, off, off}).hint, HasSubstr("whole"));
  EXPECT_EQ(error({0, 8, 0.01, 0.1, 1, 2, off}).where, "depth");
  EXPECT_EQ(error({1, 8, 0.01, 0.1, 1, off, off}).where, "depth");
  EXPECT_THAT(error({1, 8}).what, HasSubstr("2 values in a space of 7"));
}

TEST(Space, JsonOfAnotherSpaceSaysWhatIsWrong) {
  const Space space = mixed_space();
  EXPECT_THAT(space.from_json(json::parse(R"({"widht": 3})")).error().hint, HasSubstr("width"));
  EXPECT_THAT(space.from_json(json::parse(R"({"kind": "square"})")).error().hint, HasSubstr("\"mobile\""));
  EXPECT_THAT(space.from_json(json::parse(R"({"width": "8"})")).error().what, HasSubstr("not a value"));
  EXPECT_THAT(space.from_json(json::parse(R"({"kind": "plain"})")).error().what, HasSubstr("no value"));
  EXPECT_FALSE(space.from_json(json::parse("[1]")).has_value());
}

}  // namespace
}  // namespace forecost::search
