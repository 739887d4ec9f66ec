// SPDX-License-Identifier: Apache-2.0
/// How a kernel's work falls into the tiles that a GPU hands to its multiprocessors, wave by wave.
///
/// rows x columns is one matrix product: batch x pixels by filters for convolutions. Of `stack` products
///   blocks = stack x ceil(rows / tile rows) x ceil(columns / tile columns)
///   waves  = ceil(blocks / multiprocessors)
///   waste  = waves x multiprocessors x tile / (stack x rows x columns)
/// after NeuSight (Lee, Phanishayee, Mahajan 2025) and Habitat (Yu et al., ATC 2021).
#pragma once

#include "forecost/predictor/features.h"

namespace forecost::predictor {

/// How long the ways of computing a kernel would take at the card's peaks, seconds; 0 where a way cannot be
/// taken. A library picks the quickest that it knows of.
///   product     one matrix product of rows x columns x depth, tiles of 128 x 64
///   winograd_4  3 x 3 at stride 1: 36 products of 4 x 4 pixel tiles with transforms through memory, after
///   Lavin
///               and Gray 2016
///   winograd_2  the same with 16 products of 2 x 2 pixel tiles, transforms on chip
struct TileTimes {
  double product = 0;
  double winograd_4 = 0;
  double winograd_2 = 0;
  double least() const;  ///< of those that can be taken
};
TileTimes tile_times(const layer::Kernel& kernel, const device::Card& card);

/// Whether a card's kernels run in tiles: its provider is CUDA. Its cores are then multiprocessors.
bool runs_in_tiles(const device::Card& card);

/// Fills the features from Feature::tile_waste_128_128 on; those of any other card stay 0. Pure, O(1).
void set_tile_features(const layer::Kernel& kernel, const device::Card& card, Features& features);

}  // namespace forecost::predictor
