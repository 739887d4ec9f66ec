// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/recipe_maker.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/search/study_file.h"
#include "forecost/search/trainer_program.h"
#include "tests/device/fake_system.h"

namespace forecost::search {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string study(const std::string& objective) {
  return R"toml(minimise = ["error"]
[parameters]
width = { type = "integer", low = 4, high = 16 }
learning_rate = { type = "real", low = 0.001, high = 1 }
optimiser = { type = "categorical", choices = ["sgd", "adam"] }
batch = { type = "integer", low = 8, high = 64, when = { optimiser = "sgd" } }
[network]
input = [1, 16, 16]
layers = [{ type = "flatten" }, { type = "linear", features = "$width" }]
[objective]
)toml" + objective;
}

const Design design{{8, 0.5, 1, NAN}};

Result<training::Recipe> recipe_of(const std::string& objective, const Design& of = design) {
  FORECOST_TRY(const StudyFile file, parse_study(study(objective), "s.toml"));
  return (*file.objective.recipe)(of);
}

Error refusal(const std::string& objective) {
  const auto recipe = recipe_of(objective);
  return recipe ? Error{Fault::failed, "nothing is wrong", "", ""} : recipe.error();
}

TEST(RecipeMaker, ANameAloneIsTheData) {
  const auto recipe = recipe_of("trainer = \"cifar10\"");
  ASSERT_TRUE(recipe.has_value()) << to_string(recipe.error());
  EXPECT_EQ(recipe->data, "cifar10");
}

TEST(RecipeMaker, ParametersOfAFieldsNameGiveItsValue) {
  const auto recipe = recipe_of("trainer = \"glyphs\"", {{8, 0.25, 0, 24}});
  ASSERT_TRUE(recipe.has_value()) << to_string(recipe.error());
  EXPECT_EQ(recipe->learning_rate, 0.25);
  EXPECT_EQ(recipe->optimiser, "sgd");
  EXPECT_EQ(recipe->batch, 24);
}

TEST(RecipeMaker, AParameterThatIsNotActiveLeavesTheDefault) {
  const auto recipe = recipe_of("trainer = \"glyphs\"");
  ASSERT_TRUE(recipe.has_value()) << to_string(recipe.error());
  EXPECT_EQ(recipe->optimiser, "adam");
  EXPECT_EQ(recipe->batch, training::Recipe{}.batch);
}

TEST(RecipeMaker, WhatIsWrittenCountsMore) {
  const auto recipe = recipe_of(
      "trainer = { learning_rate = \"$learning_rate / 10\", optimiser = \"sgd\", batch = \"$width * 2.2\" }");
  ASSERT_TRUE(recipe.has_value()) << to_string(recipe.error());
  EXPECT_DOUBLE_EQ(recipe->learning_rate, 0.05);
  EXPECT_EQ(recipe->optimiser, "sgd");
  EXPECT_EQ(recipe->batch, 18);  // 17.6, rounded
}

TEST(RecipeMaker, MistakesAreShownWithTheirLine) {
  EXPECT_THAT(refusal("trainer = \"faces\"").where, StartsWith("s.toml:11:"));
  EXPECT_THAT(refusal("trainer = \"glyph\"").hint, HasSubstr("'glyphs'"));
  EXPECT_THAT(refusal("trainer = { data = \"glyph\" }").hint, HasSubstr("'glyphs'"));
  EXPECT_THAT(refusal("trainer = { epoch = 3 }").hint, HasSubstr("'epochs'"));
  EXPECT_THAT(refusal("trainer = { epochs = 0 }").hint, HasSubstr("1 ... 100000"));
  EXPECT_THAT(refusal("trainer = { epochs = \"$wide\" }").where, StartsWith("s.toml:11:"));
  EXPECT_THAT(refusal("trainer = { folder = \"$optimiser\" }").hint, HasSubstr("write folder itself"));
  EXPECT_THAT(refusal("trainer = { schedule = \"$optimiser\" }").what, HasSubstr("no schedule 'sgd'"));
  EXPECT_THAT(refusal("trainer = { batch = true }").what, HasSubstr("'batch' is true or false"));
  EXPECT_THAT(refusal("trainer = 3").what, HasSubstr("a whole number"));
}

TEST(RecipeMaker, AValueOutOfRangeFailsTheDesignAlone) {
  const auto recipe = recipe_of("trainer = { batch = \"$width - 8\" }");
  ASSERT_FALSE(recipe.has_value());
  EXPECT_THAT(recipe.error().what, HasSubstr("batch is 0"));
}

TEST(RecipeMaker, OneObjectiveAtATimeAndOnlyWithANetwork) {
  EXPECT_THAT(refusal("trainer = \"glyphs\"\ncommand = \"x\"").what,
              HasSubstr("one of command, table and trainer"));
  EXPECT_THAT(refusal("trainer = \"glyphs\"\nknown = [\"x\"]").what, HasSubstr("columns of a table"));
  const auto without = parse_study(
      "minimise = [\"error\"]\n[parameters]\nx = { type = \"real\", low = 0, high = 1 }\n"
      "[objective]\ntrainer = \"glyphs\"\n",
      "s.toml");
  EXPECT_THAT(without.error().what, HasSubstr("needs a network"));
}

TEST(RecipeMaker, TheTrialsNetworkNeedsNoWeights) {
  const auto file = parse_study(study("trainer = \"glyphs\""), "s.toml").value();
  EXPECT_TRUE(file.objective.takes_network());
  EXPECT_EQ(file.objective.payload(), network::Payload::hollow);
}

TEST(CheckTrainable, AsksTheDataAboutANetworkOfTheSpace) {
  const auto file = parse_study(study("trainer = \"glyphs\""), "s.toml").value();
  EXPECT_TRUE(check_trainable(*file.objective.recipe, file.network, file.space, "."));
  const auto other = parse_study(study("trainer = \"mnist\""), "s.toml").value();
  const Status status = check_trainable(*other.objective.recipe, other.network, other.space, ".");
  ASSERT_FALSE(status.has_value());
  EXPECT_THAT(status.error().hint, HasSubstr("[1, 28, 28]"));
}

TEST(FindTrainer, SaysHowToGetOneWhereThereIsNone) {
  device::FakeSystem system;
  system.variables["FORECOST_TRAINER"] = "/no/such/program";
  const auto absent = find_trainer(system);
  ASSERT_FALSE(absent.has_value());
  EXPECT_THAT(absent.error().what, HasSubstr("FORECOST_TRAINER"));
  system.variables["FORECOST_TRAINER"] = "/bin/sh";
  const auto present = find_trainer(system);
  ASSERT_TRUE(present.has_value());
  EXPECT_EQ(*present, "/bin/sh");
}

}  // namespace
}  // namespace forecost::search
