// SPDX-License-Identifier: Apache-2.0
/// Fits hyper-parameters seldom, without making a proposal depend on what was asked before.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "forecost/search/beliefs.h"
#include "forecost/search/surrogate.h"

namespace forecost::search {

/// The number of rows that hyper-parameters are fitted to when there are `rows`: often raised at first, then
/// seldom.
Eigen::Index refit_count(Eigen::Index rows);

/// Keeps, per quantity, the last fit and a fingerprint of what it was fitted to.
class ShapeMemory {
 public:
  /// `fit_shape` of the quantity, from memory when it is the same quantity as the last time.
  KernelShape at(std::size_t index, const Quantity& quantity, std::span<const Eigen::Index> groups,
                 const ShapeFit& options = {});

 private:
  struct Remembered {
    std::uint64_t fingerprint;
    KernelShape shape;
  };
  std::vector<std::optional<Remembered>> remembered_;
};

}  // namespace forecost::search
