// SPDX-License-Identifier: Apache-2.0
#include "forecost/training/images.h"

#include <algorithm>
#include <numeric>

#include "forecost/numeric/random.h"

namespace forecost::training {

std::span<const std::uint8_t> Images::image(std::int64_t index) const {
  const std::int64_t size = pixels_of_one();
  return std::span(pixels).subspan(static_cast<std::size_t>(index * size), static_cast<std::size_t>(size));
}

Images drawn_from(const Images& images, std::int64_t count, std::uint64_t seed) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(images.count()));
  std::iota(order.begin(), order.end(), 0);
  numeric::Random(seed).shuffle(order);
  if (count > 0 && count < images.count()) order.resize(static_cast<std::size_t>(count));
  Images drawn{images.channels, images.height, images.width, {}, {}};
  drawn.pixels.reserve(order.size() * static_cast<std::size_t>(images.pixels_of_one()));
  for (const std::int64_t index : order) {
    const auto pixels = images.image(index);
    drawn.pixels.insert(drawn.pixels.end(), pixels.begin(), pixels.end());
    drawn.labels.push_back(images.labels[static_cast<std::size_t>(index)]);
  }
  return drawn;
}

}  // namespace forecost::training
