// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/shape_memory.h"

#include <bit>

#include "forecost/numeric/random.h"

namespace forecost::search {
namespace {

std::uint64_t fingerprint_of(const Quantity& quantity) {
  std::uint64_t mark = numeric::mix(static_cast<std::uint64_t>(quantity.x.rows()));
  for (Eigen::Index i = 0; i < quantity.x.size(); ++i)
    mark = numeric::mix(mark ^ std::bit_cast<std::uint64_t>(quantity.x.data()[i]));
  for (const double y : quantity.y) mark = numeric::mix(mark ^ std::bit_cast<std::uint64_t>(y));
  return mark;
}

}  // namespace

Eigen::Index refit_count(Eigen::Index rows) {
  Eigen::Index from = 16;
  if (rows <= from) return rows;
  Eigen::Index step = 2;
  while (rows >= 2 * from) {
    from *= 2;
    step *= 2;
  }
  return from + (rows - from) / step * step;
}

KernelShape ShapeMemory::at(std::size_t index, const Quantity& quantity, std::span<const Eigen::Index> groups,
                            const ShapeFit& options) {
  if (remembered_.size() <= index) remembered_.resize(index + 1);
  auto& kept = remembered_[index];
  const std::uint64_t fingerprint = fingerprint_of(quantity);
  if (!kept || kept->fingerprint != fingerprint)
    kept = Remembered{fingerprint, fit_shape(quantity.x, quantity.y, groups, options)};
  return kept->shape;
}

}  // namespace forecost::search
