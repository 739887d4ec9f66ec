// SPDX-License-Identifier: Apache-2.0
/// A made-up device whose true kernel times are known, for tests of predictor families.
#pragma once

#include "forecost/measurement/table.h"
#include "forecost/numeric/random.h"

namespace forecost::predictor::synthetic {

/// 100 Gop/s, four memory levels, 5 us per run.
device::Card card();

struct ConvShape {
  std::int64_t batch = 1, channels = 64, filters = 64, size = 56, kernel = 3, stride = 1;
};
layer::Kernel conv(const ConvShape& shape);
/// An element-wise kernel over `elements` numbers.
layer::Kernel elementwise(std::int64_t elements, const std::string& op);

/// Convolution: 2 us + operations / 80e9, times 1.4 where the channels are not a multiple of 16.
/// Element-wise: 1 us + bytes / 12e9.
double true_seconds(const layer::Kernel& kernel);

struct TableOptions {
  int networks = 20;
  int kernels = 12;     ///< per network
  double noise = 0.03;  ///< deviation of the logarithm
  std::uint64_t seed = 7;
};
measurement::Table table(const TableOptions& options = {});

}  // namespace forecost::predictor::synthetic
