// SPDX-License-Identifier: Apache-2.0
/// Repeated kernels counted once: networks repeat their blocks, so half the work of a forecast is saved.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "forecost/layer/kernel.h"

namespace forecost::predictor {

/// What makes two kernels of one network alike: the signature, or all that costs depend on where it is empty.
std::string identity_of(const layer::Kernel& kernel);

struct Distinct {
  std::vector<std::size_t> first;  ///< index of the first kernel of each kind
  std::vector<double> count;       ///< kernels of each kind
  std::vector<std::size_t> kind;   ///< of each kernel
};
Distinct distinct(std::span<const layer::Kernel> kernels);

}  // namespace forecost::predictor
