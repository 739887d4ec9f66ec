// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/tile_features.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace forecost::predictor {
namespace {

struct Tile {
  Feature feature;
  double rows;
  double columns;
};

constexpr std::array<Tile, 5> tiles{{{Feature::tile_waste_128_128, 128, 128},
                                     {Feature::tile_waste_128_64, 128, 64},
                                     {Feature::tile_waste_64_64, 64, 64},
                                     {Feature::tile_waste_128_32, 128, 32},
                                     {Feature::tile_waste_32_32, 32, 32}}};

/// Logarithm to base 2 of the largest power of two, at most 32, that divides the value.
double alignment(double value) {
  double power = 0;
  for (double step = 2; step <= 32 && std::fmod(value, step) == 0; step *= 2) ++power;
  return power;
}

/// Growth, as a logarithm, of an image that is covered with squares of this side.
double image_waste(const layer::Extents& e, double side) {
  const double height = std::max(1.0, e.out_h);
  const double width = std::max(1.0, e.out_w);
  return std::log(std::ceil(height / side) * std::ceil(width / side) * side * side / (height * width));
}

/// One stack of matrix products that covers the kernel.
struct Product {
  double stack = 1;
  double rows = 1;
  double columns = 1;
  double depth = 1;
};

Product product_of(const layer::Kernel& kernel) {
  const layer::Extents& e = kernel.cost.extents;
  const bool image = e.kernel_h * e.kernel_w > 1 || e.out_h > 1;
  return {.stack = std::max(1.0, e.groups * (image ? 1.0 : e.batch)),
          .rows = std::max(1.0, image ? e.batch * e.m : e.m),
          .columns = std::max(1.0, e.n),
          .depth = std::max(1.0, e.k)};
}

double blocks_of(const Product& p, double tile_rows, double tile_columns) {
  return p.stack * std::ceil(p.rows / tile_rows) * std::ceil(p.columns / tile_columns);
}

double processors_of(const device::Card& card) {
  return std::max(1, card.identity.cores);
}

/// Whole waves of tiles at the peak.
double wave_seconds(const Product& p, double tile_rows, double tile_columns, const device::Card& card) {
  const double processors = processors_of(card);
  const double waves = std::ceil(blocks_of(p, tile_rows, tile_columns) / processors);
  return 2 * waves * processors * tile_rows * tile_columns * p.depth /
         peak_for(card, network::ElementType::float32);
}

/// The product over transformed tiles of side x side output pixels.
Product winograd_product(const layer::Extents& e, double side) {
  const double patches = std::ceil(e.out_h / side) * std::ceil(e.out_w / side) * e.batch;
  return {.stack = (side + 2) * (side + 2), .rows = patches, .columns = e.n, .depth = std::max(1.0, e.k / 9)};
}

}  // namespace

double TileTimes::least() const {
  double best = product;
  for (const double other : {winograd_4, winograd_2}) {
    if (other > 0) best = std::min(best, other);
  }
  return best;
}

TileTimes tile_times(const layer::Kernel& kernel, const device::Card& card) {
  TileTimes times;
  if (!runs_in_tiles(card) || kernel.cost.macs.value == 0) return times;
  const layer::Extents& e = kernel.cost.extents;
  times.product = wave_seconds(product_of(kernel), 128, 64, card);
  if (e.kernel_h != 3 || e.kernel_w != 3 || e.stride_h > 1 || e.stride_w > 1 || e.groups > 1) return times;
  const double bandwidth = card.memory.empty() ? 1e10 : card.memory.back().bandwidth;
  constexpr double word = 4;
  const Product four = winograd_product(e, 4);
  const double moved =
      2 * four.stack * (four.rows * (four.depth + four.columns) + four.depth * four.columns) * word;
  times.winograd_4 = wave_seconds(four, 64, 64, card) + moved / bandwidth;
  times.winograd_2 = wave_seconds(winograd_product(e, 2), 128, 128, card);
  return times;
}

bool runs_in_tiles(const device::Card& card) {
  return card.identity.provider.rfind("CUDA", 0) == 0;
}

void set_tile_features(const layer::Kernel& kernel, const device::Card& card, Features& features) {
  if (!runs_in_tiles(card)) return;
  const auto set = [&features](Feature feature, double value) {
    features[static_cast<std::size_t>(feature)] = static_cast<float>(value);
  };
  const layer::Extents& e = kernel.cost.extents;
  const bool image = e.kernel_h * e.kernel_w > 1 || e.out_h > 1;
  const Product p = product_of(kernel);
  const double processors = processors_of(card);
  for (const Tile& tile : tiles) {
    const double waves = std::ceil(blocks_of(p, tile.rows, tile.columns) / processors);
    set(tile.feature,
        std::log(waves * processors * tile.rows * tile.columns / (p.stack * p.rows * p.columns)));
  }
  set(Feature::log_fill, std::log(blocks_of(p, 128, 64) / processors));
  set(Feature::log_rows, std::log(p.rows));
  const double depth = std::max(1.0, e.k / std::max(1.0, e.kernel_h * e.kernel_w));
  set(Feature::aligned_rows, alignment(image ? e.out_w : e.m));
  set(Feature::aligned_columns, alignment(p.columns));
  set(Feature::aligned_depth, alignment(depth));
  set(Feature::image_waste_2, image ? image_waste(e, 2) : 0.0);
  set(Feature::image_waste_4, image ? image_waste(e, 4) : 0.0);
  set(Feature::depth_of_32, std::fmod(depth, 32) / 32);
  const TileTimes times = tile_times(kernel, card);
  if (times.winograd_4 > 0) {
    set(Feature::winograd_4_gain, std::log(times.winograd_4 / times.product));
    set(Feature::winograd_2_gain, std::log(times.winograd_2 / times.product));
    set(Feature::winograd_4_fill, std::log(blocks_of(winograd_product(e, 4), 64, 64) / processors));
  }
}

}  // namespace forecost::predictor
