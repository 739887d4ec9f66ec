// SPDX-License-Identifier: Apache-2.0
/// Shapes and extents of matrix products: NumPy's matmul with stacked, one-dimensional and transposed
/// operands.
#pragma once

#include "forecost/layer/rule_parts.h"
#include "forecost/layer/work.h"

namespace forecost::layer {

struct MatrixProduct {
  Shape out;
  std::int64_t batch = 1;  ///< products of separate matrices; 1 when the right operand is a single matrix
  std::int64_t m = 1, n = 1, k = 1;

  Work work() const { return {.macs = product({batch, m, n, k})}; }
  Extents extents() const;
};

/// numpy.matmul: the last two axes multiply, those before broadcast; a vector on the left is a row, on the
/// right a column, and its axis is absent from the result. Rows of the left stack collapse into m when the
/// right operand is one matrix, which is how every runtime multiplies them. Fails: `bad_input` on scalars,
/// unequal inner extents, stacks that do not broadcast.
Result<MatrixProduct> matrix_product(const OpCall& call, const Shape& a, const Shape& b);

/// Shape of an operand of FusedMatMul: `transBatch*` moves the first axis behind the stack, `trans*` swaps
/// the last two. `side` is 'A' or 'B'. Vectors stay as they are.
Shape transposed_operand(const OpCall& call, const Shape& operand, char side);

}  // namespace forecost::layer
