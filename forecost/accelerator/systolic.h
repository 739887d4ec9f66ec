// SPDX-License-Identifier: Apache-2.0
/// Cycles and accesses of a matrix product on a systolic array, as SCALE-Sim v2 counts them (Samajdar et al.,
/// ISPASS 2020): operands enter skewed from two sides, one word per row and column and cycle.
///
///   outputs[M, N] = inputs[M, K] x filters[K, N], cut into folds of rows x columns:
///
///                        rows   columns   streamed T   cycles of a fold
///   output stationary    M      N         K            T + rows + columns - 2
///   weight stationary    K      N         M            rows + T + rows + columns - 2
///   input stationary     K      M         N            rows + T + rows + columns - 2
///
///   cycles = folds x cycles of a fold - 1, the number of the last cycle; memory never stalls.
#pragma once

#include <cstdint>

#include "forecost/accelerator/work.h"

namespace forecost::accelerator {

enum class Systolic { output_stationary, weight_stationary, input_stationary };

struct SystolicArray {
  std::int64_t rows = 32;
  std::int64_t columns = 32;
  Systolic dataflow = Systolic::output_stationary;
};

struct MatrixProduct {
  std::int64_t m = 1, n = 1, k = 1;
};
/// A convolution as SCALE-Sim unrolls it: M output pixels, N filters, K taps. One repeat, every image.
MatrixProduct matrix_product_of(const Work& work);

struct SystolicCount {
  std::int64_t folds = 0;
  std::int64_t cycles = 0;         ///< without stalls
  std::int64_t input_reads = 0;    ///< from on-chip memory
  std::int64_t filter_reads = 0;   ///< likewise
  std::int64_t output_writes = 0;  ///< partial sums included; at output stationary each output once
  double mapping_efficiency = 0;   ///< share of the array that the folds cover, on average
};

/// All extents >= 1. O(1). Pure.
SystolicCount count_systolic(const SystolicArray& array, const MatrixProduct& product);

}  // namespace forecost::accelerator
