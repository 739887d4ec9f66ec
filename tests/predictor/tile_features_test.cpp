// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/tile_features.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/predictor/synthetic.h"

namespace forecost::predictor {
namespace {

float at(const Features& features, Feature feature) {
  return features[static_cast<std::size_t>(feature)];
}

device::Card gpu(int processors) {
  device::Card card = synthetic::card();
  card.identity.provider = "CUDAExecutionProvider";
  card.identity.cores = processors;
  return card;
}

TEST(TileFeatures, AreZeroWhereNothingRunsInTiles) {
  const Features features = features_of(synthetic::conv({}), synthetic::card());
  for (std::size_t i = general_features; i < feature_count; ++i) EXPECT_EQ(features[i], 0.0F) << i;
}

TEST(TileFeatures, WholeTilesOnAllProcessorsWasteNothing) {
  // 16 images of 32 x 32 pixels by 128 filters: 128 x 1 tiles of 128 x 128
  const layer::Kernel kernel = synthetic::conv({.batch = 16, .filters = 128, .size = 32});
  EXPECT_NEAR(at(features_of(kernel, gpu(64)), Feature::tile_waste_128_128), 0, 1e-6);
  // on 100 processors the second wave has 28 tiles: 200 / 128 of the work
  EXPECT_NEAR(at(features_of(kernel, gpu(100)), Feature::tile_waste_128_128), std::log(200.0 / 128), 1e-6);
}

TEST(TileTimes, WinogradsWaySavesAFactorOf4WhereTransformsAreCheap) {
  device::Card card = gpu(1);
  card.memory = {{"DRAM", Bytes(0), 1e18}};
  // 64 images of 32 x 32 by 512 filters: whole tiles everywhere
  const layer::Kernel kernel = synthetic::conv({.batch = 64, .channels = 512, .filters = 512, .size = 32});
  const TileTimes times = tile_times(kernel, card);
  EXPECT_NEAR(times.product, 2.0 * 64 * 32 * 32 * 512 * 512 * 9 / 100e9, 1e-9 * times.product);
  EXPECT_NEAR(times.product / times.winograd_4, 4, 1e-3);     // 9 x 16 / 36, Lavin and Gray 2016
  EXPECT_NEAR(times.product / times.winograd_2, 2.25, 1e-9);  // 9 x 4 / 16
  EXPECT_EQ(times.least(), times.winograd_4);
}

TEST(TileTimes, OtherFiltersHaveOneWayOnly) {
  const TileTimes times = tile_times(synthetic::conv({.kernel = 5}), gpu(4));
  EXPECT_GT(times.product, 0);
  EXPECT_EQ(times.winograd_4, 0);
  EXPECT_EQ(times.least(), times.product);
  EXPECT_EQ(tile_times(synthetic::conv({}), synthetic::card()).least(), 0);
}

TEST(TileFeatures, KnowWhichExtentsAreAligned) {
  const Features features = features_of(synthetic::conv({.channels = 24, .filters = 33, .size = 6}), gpu(10));
  EXPECT_EQ(at(features, Feature::aligned_depth), 3);
  EXPECT_EQ(at(features, Feature::aligned_columns), 0);
  EXPECT_EQ(at(features, Feature::aligned_rows), 1);
  EXPECT_NEAR(at(features, Feature::image_waste_4), std::log(64.0 / 36), 1e-6);
}

}  // namespace
}  // namespace forecost::predictor
