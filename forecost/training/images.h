// SPDX-License-Identifier: Apache-2.0
/// Labelled images to train and judge networks for classification with.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "forecost/outcome/outcome.h"

namespace forecost::training {

/// Images of one size with a class each. Pixels are 0 ... 255, image after image; within one, channel after
/// channel, row after row.
struct Images {
  std::int64_t channels = 1;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<std::uint8_t> pixels;
  std::vector<std::uint8_t> labels;  ///< one per image, from 0

  std::int64_t count() const { return static_cast<std::int64_t>(labels.size()); }
  std::int64_t pixels_of_one() const { return channels * height * width; }
  std::span<const std::uint8_t> image(std::int64_t index) const;
};

/// What a network learns from, and what judges it: no image is in both.
struct ImageData {
  Images train;
  Images held_out;
  std::int64_t classes = 0;  ///< labels are 0 ... classes - 1
};

/// `count` of the images, drawn by `seed` without repetition, in the order of the draw; all of them,
/// shuffled, where there are fewer or `count` is 0.
Images drawn_from(const Images& images, std::int64_t count, std::uint64_t seed);

}  // namespace forecost::training
