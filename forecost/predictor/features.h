// SPDX-License-Identifier: Apache-2.0
/// Kernels as numbers for regressors: logarithms of extents and bytes, remainders that vector blocks leave,
/// shapes.
#pragma once

#include <array>
#include <span>
#include <string>

#include "forecost/predictor/physics.h"

namespace forecost::predictor {

/// Logarithms are natural. Each is a function of the kernel and the card alone.
enum class Feature : std::size_t {
  log_m,
  log_n,
  log_k,
  log_batch,
  log_groups,
  log_out_w,
  log_out_h,
  log_taps,
  stride,
  dilation,
  log_input,
  log_weights,
  log_output,
  log_workspace,
  log_working_set,
  log_operations,
  log_intensity,  ///< operations per byte of traffic
  log_lanes,      ///< padded / counted multiply-accumulates
  log_tiles,      ///< row-tiled / padded multiply-accumulates
  n_of_16,
  n_of_64,
  depth_of_16,
  m_of_12,
  width_of_6,
  n_of_4,  ///< remainders as fractions
  log_imbalance,
  log_bandwidth,  ///< the working set's bandwidth over the last level's
  log_band,       ///< bytes of the input rows that one output row needs
  log_inner,      ///< last extent of the output
  log_outer,      ///< the other extents together
  rank,
  inputs,  ///< inputs that are not constant
  accumulates,
  activation,
  log_roof,       ///< logarithm of the roofline time
  log_footprint,  ///< of the whole network
  log_before,     ///< bytes touched earlier in the run
  log_input_age,  ///< bytes touched since the input was made
  log_fetched,    ///< time to fetch the weights over the roofline time
  compute_share,  ///< arithmetic / (arithmetic + traffic) time
  // Of devices that work in tiles, 0 elsewhere: tile_features.h.
  tile_waste_128_128,
  tile_waste_128_64,
  tile_waste_64_64,
  tile_waste_128_32,
  tile_waste_32_32,
  log_fill,  ///< blocks of 128 x 64 per multiprocessor
  log_rows,
  aligned_rows,
  aligned_columns,
  aligned_depth,
  image_waste_2,
  image_waste_4,
  depth_of_32,
  winograd_4_gain,  ///< time by Winograd's way over that of a plain product, as a logarithm
  winograd_2_gain,
  winograd_4_fill
};
inline constexpr std::size_t feature_count = 56;
inline constexpr std::size_t general_features = 40;  ///< those before the tiles'
using Features = std::array<float, feature_count>;

/// Pure, O(rank).
Features features_of(const layer::Kernel& kernel, const device::Card& card);

/// Kernels that share a physical model: path and element type.
std::string path_key(const layer::Kernel& kernel);
/// Variants within a path that differ by a factor: operator, activation, residual input.
std::string variant_key(const layer::Kernel& kernel);

/// The features that say how large a kernel is: outside of their measured range a forecast is an
/// extrapolation.
std::span<const Feature> extent_features();
/// The features for smooth regressors.
std::span<const Feature> smooth_features();

}  // namespace forecost::predictor
