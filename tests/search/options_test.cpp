// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/options.h"

#include <array>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace forecost::search {
namespace {

constexpr std::array<std::string_view, 2> colours = {"red", "blue"};

TEST(OptionReader, ReadsWhatIsThereAndKeepsDefaultsElsewhere) {
  const nlohmann::json options = {{"sigma", 0.5}, {"colour", "blue"}};
  OptionReader reader("walk", options);
  EXPECT_EQ(reader.number("sigma", 0.1, 0, 1), 0.5);
  EXPECT_EQ(reader.integer("steps", 7, 1, 9), 7);
  EXPECT_EQ(reader.choice("colour", colours), "blue");
  EXPECT_TRUE(reader.status().has_value());
}

TEST(OptionReader, NamesTheOptionItsValueAndTheRange) {
  const nlohmann::json options = {{"sigma", 3}};
  OptionReader reader("walk", options);
  reader.number("sigma", 0.1, 0, 1);
  ASSERT_FALSE(reader.status().has_value());
  EXPECT_EQ(to_string(reader.status().error()), "option sigma is 3 (walk); give a number from 0 to 1");
}

TEST(OptionReader, RefusesFractionsOfIntegersAndUnknownChoices) {
  const nlohmann::json options = {{"steps", 2.5}, {"colour", "green"}};
  OptionReader steps("walk", options);
  steps.integer("steps", 1, 0, 9);
  EXPECT_FALSE(steps.status().has_value());
  OptionReader colour("walk", options);
  colour.choice("colour", colours);
  EXPECT_EQ(colour.status().error().hint, "choose one of red, blue");
}

TEST(OptionReader, RefusesWhatIsNotATable) {
  const nlohmann::json options = 5;
  EXPECT_FALSE(OptionReader("walk", options).status().has_value());
}

}  // namespace
}  // namespace forecost::search
