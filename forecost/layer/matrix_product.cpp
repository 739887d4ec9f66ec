// SPDX-License-Identifier: Apache-2.0
#include "forecost/layer/matrix_product.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace forecost::layer {

Extents MatrixProduct::extents() const {
  return {.batch = real(batch), .m = real(m), .n = real(n), .k = real(k)};
}

Result<MatrixProduct> matrix_product(const OpCall& call, const Shape& a, const Shape& b) {
  if (a.empty() || b.empty()) {
    return call.refuse("an operand is a scalar",
                       "a matrix product needs operands of rank 1 or more; use Mul for scalars");
  }
  Shape left = a;
  Shape right = b;
  if (a.size() == 1) left.insert(left.begin(), 1);
  if (b.size() == 1) right.push_back(1);
  MatrixProduct result;
  result.k = left.back();
  if (right[right.size() - 2] != result.k) {
    return call.refuse(
        fmt::format("cannot multiply [{}] by [{}]: inner extents {} and {} differ", fmt::join(a, ", "),
                    fmt::join(b, ", "), result.k, right[right.size() - 2]),
        "the last extent on the left must equal the second to last on the right; check --dim and --batch");
  }
  result.n = right.back();
  const Shape left_stack(left.begin(), left.end() - 2);
  const Shape right_stack(right.begin(), right.end() - 2);
  FORECOST_TRY(result.out, broadcast(call, left_stack, right_stack));
  const std::int64_t rows = left[left.size() - 2];
  if (std::all_of(right_stack.begin(), right_stack.end(), [](std::int64_t extent) { return extent == 1; })) {
    result.m = product({extent_product(left_stack, 0, left_stack.size()), rows});
  } else {
    result.batch = extent_product(result.out, 0, result.out.size());
    result.m = rows;
  }
  if (a.size() > 1) result.out.push_back(rows);
  if (b.size() > 1) result.out.push_back(result.n);
  return result;
}

Shape transposed_operand(const OpCall& call, const Shape& operand, char side) {
  Shape shape = operand;
  if (shape.size() < 2) return shape;
  if (call.node.int_or(fmt::format("transBatch{}", side), 0) != 0) {
    std::rotate(shape.begin(), shape.begin() + 1, shape.end() - 1);
  }
  if (call.node.int_or(fmt::format("trans{}", side), 0) != 0)
    std::swap(shape[shape.size() - 1], shape[shape.size() - 2]);
  return shape;
}

}  // namespace forecost::layer
