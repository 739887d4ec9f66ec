// SPDX-License-Identifier: Apache-2.0
#include "forecost/training/recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace forecost::training {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

Error refusal(const json& object) {
  const auto recipe = recipe_from_json(object);
  return recipe ? Error{Fault::failed, "nothing is wrong", "", ""} : recipe.error();
}

TEST(Recipe, SurvivesTheWayThroughJson) {
  Recipe recipe;
  recipe.data = "mnist";
  recipe.epochs = 7;
  recipe.learning_rate = 0.0125;
  recipe.optimiser = "adam";
  const auto read = recipe_from_json(to_json(recipe));
  ASSERT_TRUE(read.has_value()) << to_string(read.error());
  EXPECT_EQ(to_json(*read), to_json(recipe));
}

TEST(Recipe, EveryFieldIsInTheJson) {
  EXPECT_EQ(to_json(Recipe{}).size(), recipe_fields().size());
}

TEST(Recipe, DefaultsLieInTheirRanges) {
  EXPECT_TRUE(recipe_from_json(to_json(Recipe{})).has_value());
}

TEST(Recipe, WrongValuesAreRefusedWithTheirRange) {
  EXPECT_THAT(refusal({{"batch", 0}}).hint, HasSubstr("1 ... 100000"));
  EXPECT_THAT(refusal({{"epochs", 1.5}}).hint, HasSubstr("a whole number"));
  EXPECT_THAT(refusal({{"learning_rate", -1}}).what, HasSubstr("learning_rate is -1"));
  EXPECT_THAT(refusal({{"optimiser", "sdg"}}).hint, HasSubstr("'sgd'"));
  EXPECT_THAT(refusal({{"optimiser", 3}}).what, HasSubstr("takes a text"));
  EXPECT_THAT(refusal({{"momentum", "high"}}).what, HasSubstr("takes a number"));
  EXPECT_THAT(refusal({{"epoch", 3}}).hint, HasSubstr("'epochs'"));
  EXPECT_THAT(refusal({{"data", json::array()}}).what, HasSubstr("takes a text"));
  EXPECT_THAT(refusal(json::array()).what, HasSubstr("no JSON object"));
}

TEST(Recipe, RatesFollowTheirSchedule) {
  EXPECT_DOUBLE_EQ(rate_factor("constant", 0.9), 1);
  EXPECT_DOUBLE_EQ(rate_factor("cosine", 0), 1);
  EXPECT_DOUBLE_EQ(rate_factor("cosine", 0.5), 0.5);
  EXPECT_NEAR(rate_factor("cosine", 1), 0, 1e-15);
  EXPECT_DOUBLE_EQ(rate_factor("step", 0.49), 1);
  EXPECT_DOUBLE_EQ(rate_factor("step", 0.5), 0.1);
  EXPECT_DOUBLE_EQ(rate_factor("step", 0.8), 0.01);
}

}  // namespace
}  // namespace forecost::training
