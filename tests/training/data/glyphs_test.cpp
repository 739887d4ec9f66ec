// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/training/data_entry.h"
#include "forecost/training/strokes.h"

namespace forecost::training {
namespace {

using ::testing::HasSubstr;

ImageData glyphs(const DataRequest& request) {
  return find_data("glyphs")->load(request).value();
}

TEST(Glyphs, ClassesAreBalanced) {
  const ImageData data = glyphs({.classes = 7, .train = 70, .held_out = 14});
  std::map<int, int> counts;
  for (const std::uint8_t label : data.train.labels) ++counts[label];
  EXPECT_EQ(counts.size(), 7U);
  for (const auto& count : counts) EXPECT_EQ(count.second, 10);
}

TEST(Glyphs, MoreImagesBeginWithTheSameOnes) {
  const ImageData few = glyphs({.train = 10, .held_out = 10});
  const ImageData more = glyphs({.train = 30, .held_out = 10});
  EXPECT_TRUE(std::equal(few.train.pixels.begin(), few.train.pixels.end(), more.train.pixels.begin()));
  EXPECT_EQ(few.held_out.pixels, more.held_out.pixels);
}

TEST(Glyphs, ImagesOfOneClassDiffer) {
  const ImageData data = glyphs({.train = 100, .held_out = 1});
  for (std::int64_t i = 10; i < 100; i += 10) {
    const auto first = data.train.image(0);
    const auto other = data.train.image(i);
    EXPECT_FALSE(std::equal(first.begin(), first.end(), other.begin())) << i;
  }
}

/// Ink may be lighter or darker than paper, so that the mean image of a class says next to nothing.
TEST(Glyphs, TheMeanImagesOfTwoClassesAreNearlyTheSame) {
  const ImageData data = glyphs({.classes = 2, .train = 2000, .held_out = 1});
  std::vector<double> difference(784, 0.0);
  for (std::int64_t i = 0; i < data.train.count(); ++i) {
    const auto image = data.train.image(i);
    for (std::size_t p = 0; p < 784; ++p) difference[p] += (i % 2 == 0 ? 1.0 : -1.0) * image[p] / 1000;
  }
  const double largest = std::abs(*std::max_element(
      difference.begin(), difference.end(), [](double a, double b) { return std::abs(a) < std::abs(b); }));
  // The deviation of one pixel is some 70, that of a difference of means of 1000 some 3: five of them.
  EXPECT_LT(largest, 16);
  EXPECT_GT(largest, 0);
}

TEST(Glyphs, ColouredImagesHaveThreeDifferentChannels) {
  const ImageData data = glyphs({.channels = 3, .height = 32, .width = 32, .train = 1, .held_out = 1});
  const auto image = data.train.image(0);
  ASSERT_EQ(image.size(), 3072U);
  EXPECT_FALSE(std::equal(image.begin(), image.begin() + 1024, image.begin() + 1024));
}

TEST(Glyphs, SizesAndClassesThatCannotBeDrawnAreRefused) {
  const auto refused = [](const DataRequest& request) {
    return find_data("glyphs")->check(request).error().hint;
  };
  EXPECT_THAT(refused({.height = 8, .width = 8}), HasSubstr("12 ... 128"));
  EXPECT_THAT(refused({.channels = 2}), HasSubstr("1 or 3 channels"));
  EXPECT_THAT(refused({.classes = 31}), HasSubstr("2 ... 30 classes"));
  EXPECT_THAT(refused({.classes = 1}), HasSubstr("2 ... 30 classes"));
}

TEST(Strokes, EveryCharacterLiesInItsBoxAndNoneIsTwice) {
  std::map<char, int> names;
  for (const Character& character : characters()) {
    ++names[character.name];
    for (const Character::Part& part : character.parts) {
      EXPECT_GE(part.points.size(), 2U) << character.name;
      for (const Point& point : part.points) {
        EXPECT_TRUE(point.x >= 0 && point.x <= 4 && point.y >= 0 && point.y <= 6) << character.name;
      }
    }
  }
  EXPECT_EQ(names.size(), characters().size());
  EXPECT_EQ(characters().size(), 30U);
}

TEST(Strokes, ALineInksThePixelsUnderIt) {
  Ink ink(5, 7);
  ink.draw({{1, 2.5}, {6, 2.5}}, 0.5);
  EXPECT_EQ(ink.cover[2 * 7 + 3], 1);      // centre on the line
  EXPECT_EQ(ink.cover[1 * 7 + 3], 0);      // a whole pixel away
  EXPECT_FLOAT_EQ(ink.cover[2 * 7], 0.5);  // half a pixel before its end
}

TEST(Strokes, RoundingKeepsTheEndsAndCutsCorners) {
  const Stroke round = rounded({{0, 0}, {4, 0}, {4, 4}});
  EXPECT_EQ(round.front().x, 0);
  EXPECT_EQ(round.back().y, 4);
  for (const Point& point : round) EXPECT_FALSE(point.x == 4 && point.y == 0);
  EXPECT_GT(round.size(), 4U);
}

}  // namespace
}  // namespace forecost::training
