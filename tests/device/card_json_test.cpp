// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/card_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace forecost::device {
namespace {

Card fitted() {
  Card card;
  card.identity.name = "made up";
  card.memory_model.kept = {{"matrix", 1.5}};
  card.memory_model.relative_error = 0.01;
  return card;
}

TEST(CardJson, AMemoryModelComesBack) {
  const auto back = card_from_json(to_json(fitted()));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->memory_model.kept, fitted().memory_model.kept);
  EXPECT_EQ(back->memory_model.relative_error, 0.01);
}

TEST(CardJson, AMemoryModelOfAnotherFormCountsAsNeverFitted) {
  nlohmann::json written = to_json(fitted());
  written["memory_model"].erase("kept");
  const auto back = card_from_json(written);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->memory_model.relative_error, 0);
}

}  // namespace
}  // namespace forecost::device
