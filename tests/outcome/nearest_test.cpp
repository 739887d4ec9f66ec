// SPDX-License-Identifier: Apache-2.0
#include "forecost/outcome/nearest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace forecost {
namespace {

using ::testing::ElementsAre;

TEST(Nearest, KittenIsThreeEditsFromSitting) {  // Levenshtein's usual example
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("same", "same"), 0U);
}

TEST(Nearest, NamesThatHoldTheTextComeFirst) {
  EXPECT_THAT(nearest_names("net", {"nut", "resnet50", "vgg"}, 2), ElementsAre("resnet50", "nut"));
}

TEST(Nearest, AMistypedNameGetsOneProposalAndAForeignOneTheWholeList) {
  EXPECT_EQ(did_you_mean("widht", {"width", "depth"}), "did you mean 'width'?");
  EXPECT_EQ(did_you_mean("temperature", {"width", "depth"}), "there are width, depth");
  EXPECT_EQ(did_you_mean("x", {}), "there is none");
}

}  // namespace
}  // namespace forecost
