// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "forecost/device/reference_ops.h"

namespace forecost::device::reference {
namespace {

using network::Shape;

/// Shape of two shapes broadcast against each other (ONNX multidirectional); empty Result error when they do
/// not fit.
Result<Shape> broadcast(const Call& call, const Shape& a, const Shape& b) {
  Shape shape(std::max(a.size(), b.size()));
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const auto x = i < a.size() ? a[a.size() - 1 - i] : 1;
    const auto y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1) return contradictory(call, "the inputs' shapes cannot be broadcast");
    shape[shape.size() - 1 - i] = x == 1 ? y : x;
  }
  return shape;
}

/// Offset into a tensor of `shape` of element `index` of a tensor of shape `whole` that it is broadcast to.
std::size_t source_of(std::size_t index, const Shape& whole, const Shape& shape) {
  std::size_t offset = 0, step = 1;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const auto extent = static_cast<std::size_t>(whole[whole.size() - 1 - i]);
    const auto place = index % extent;
    index /= extent;
    if (i >= shape.size()) continue;
    const auto own = static_cast<std::size_t>(shape[shape.size() - 1 - i]);
    offset += own == 1 ? 0 : place * step;
    step *= own;
  }
  return offset;
}

double combined(std::string_view op, double a, double b) {
  if (op == "Add") return a + b;
  if (op == "Sub") return a - b;
  if (op == "Mul") return a * b;
  return a / b;
}

/// Element (row, column) of a matrix stored with `columns` columns, or of its transpose.
double at(const Dense& matrix, std::int64_t row, std::int64_t column, bool transposed) {
  const auto columns = matrix.shape[1];
  return matrix
      .values[static_cast<std::size_t>(transposed ? column * columns + row : row * columns + column)];
}

}  // namespace

Result<Dense> binary(const Call& call) {
  FORECOST_TRY(const Dense* a, operand(call, 0, 0));
  FORECOST_TRY(const Dense* b, operand(call, 1, 0));
  FORECOST_TRY(auto shape, broadcast(call, a->shape, b->shape));
  FORECOST_TRY(auto y, sized(shape, call));
  for (std::size_t i = 0; i < y.values.size(); ++i) {
    y.values[i] = combined(call.node.op, a->values[source_of(i, shape, a->shape)],
                           b->values[source_of(i, shape, b->shape)]);
  }
  return y;
}

Result<Dense> gemm(const Call& call) {
  FORECOST_TRY(const Dense* a, operand(call, 0, 2));
  FORECOST_TRY(const Dense* b, operand(call, 1, 2));
  const Dense* c = call.inputs.size() > 2 ? call.inputs[2] : nullptr;
  const bool flip_a = call.node.int_or("transA", 0) != 0, flip_b = call.node.int_or("transB", 0) != 0;
  const double alpha = call.node.real_or("alpha", 1), beta = call.node.real_or("beta", 1);
  const auto rows = a->shape[flip_a ? 1 : 0], depth = a->shape[flip_a ? 0 : 1];
  const auto columns = b->shape[flip_b ? 0 : 1];
  if (b->shape[flip_b ? 1 : 0] != depth) return contradictory(call, "the matrices' inner extents differ");
  const Shape shape{rows, columns};
  if (c != nullptr) {
    FORECOST_TRY(const auto whole, broadcast(call, shape, c->shape));
    if (whole != shape) return contradictory(call, "the addend is larger than the product");
  }
  FORECOST_TRY(auto y, sized(shape, call));
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      double sum = 0;
      for (std::int64_t k = 0; k < depth; ++k) sum += at(*a, i, k, flip_a) * at(*b, k, j, flip_b);
      const auto index = static_cast<std::size_t>(i * columns + j);
      y.values[index] =
          alpha * sum + (c == nullptr ? 0 : beta * c->values[source_of(index, shape, c->shape)]);
    }
  }
  return y;
}

Result<Dense> matmul(const Call& call) {
  FORECOST_TRY(const Dense* a, operand(call, 0, 0));
  FORECOST_TRY(const Dense* b, operand(call, 1, 0));
  if (a->shape.size() < 2 || b->shape.size() < 2) return refused(call, "vectors in MatMul");
  const auto rows = a->shape[a->shape.size() - 2], depth = a->shape.back(), columns = b->shape.back();
  if (b->shape[b->shape.size() - 2] != depth)
    return contradictory(call, "the matrices' inner extents differ");
  const Shape batch_a(a->shape.begin(), a->shape.end() - 2), batch_b(b->shape.begin(), b->shape.end() - 2);
  FORECOST_TRY(const auto batch, broadcast(call, batch_a, batch_b));
  Shape shape = batch;
  shape.insert(shape.end(), {rows, columns});
  FORECOST_TRY(auto y, sized(std::move(shape), call));
  const auto matrix = static_cast<std::size_t>(rows * columns);
  for (std::size_t i = 0; matrix > 0 && i < y.values.size() / matrix; ++i) {
    const double* left =
        a->values.data() + source_of(i, batch, batch_a) * static_cast<std::size_t>(rows * depth);
    const double* right =
        b->values.data() + source_of(i, batch, batch_b) * static_cast<std::size_t>(depth * columns);
    double* out = y.values.data() + i * matrix;
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t k = 0; k < depth; ++k) {
        for (std::int64_t c = 0; c < columns; ++c)
          out[r * columns + c] += left[r * depth + k] * right[k * columns + c];
      }
    }
  }
  return y;
}

}  // namespace forecost::device::reference
