// SPDX-License-Identifier: Apache-2.0
/// Loops of a convolution or matrix product, as an array of processing elements sees them.
///
///   for n, m, c, p, q, r, s:  outputs[n, m, p, q] += weights[m, c, r, s] x inputs[n, c, p * stride + r, ...]
///
/// A matrix product has n rows, c columns of the first factor, m columns of the second; the rest is 1.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "forecost/layer/kernel.h"

namespace forecost::accelerator {

/// A loop: images, filters, channels, rows and columns of outputs, rows and columns of a filter.
enum class Dim : std::uint8_t { n, m, c, p, q, r, s };
inline constexpr std::size_t dim_count = 7;
using Extents = std::array<std::int64_t, dim_count>;  ///< one number per Dim

enum class Tensor : std::uint8_t { weights, inputs, outputs };
inline constexpr std::size_t tensor_count = 3;
inline constexpr std::array<Tensor, tensor_count> all_tensors = {Tensor::weights, Tensor::inputs,
                                                                 Tensor::outputs};
std::string_view name_of(Tensor tensor);

constexpr std::size_t index_of(Dim dim) {
  return static_cast<std::size_t>(dim);
}
constexpr std::size_t index_of(Tensor tensor) {
  return static_cast<std::size_t>(tensor);
}

/// Whether another turn of the loop means another part of the tensor.
constexpr bool moves(Dim dim, Tensor tensor) {
  switch (tensor) {
    case Tensor::weights:
      return dim == Dim::m || dim == Dim::c || dim == Dim::r || dim == Dim::s;
    case Tensor::inputs:
      return dim != Dim::m;
    case Tensor::outputs:
      break;
  }
  return dim == Dim::n || dim == Dim::m || dim == Dim::p || dim == Dim::q;
}

struct Work {
  Extents extent = {1, 1, 1, 1, 1, 1, 1};  ///< all >= 1
  std::int64_t stride_p = 1, stride_q = 1;
  std::int64_t dilation = 1;
  std::int64_t repeats = 1;  ///< groups of a convolution, products of a batch: done one after the other
  int weight_bits = 0;       ///< per weight; 0: a word
  int weight_shifts = 0;  ///< weights are sums of so many powers of two (layer/weight_format.h); 0: products

  std::int64_t of(Dim dim) const { return extent[index_of(dim)]; }
  /// Multiply-accumulates of one repeat.
  double macs() const;
  /// Words of a tensor in one repeat; padding of the inputs counts, as it passes through the array.
  double words(Tensor tensor) const;
};

/// Rows (or columns) of the inputs that `tiles` pieces of together `outputs` rows read: neighbours that
/// share rows read them twice. Rows that a stride steps over are not read.
double input_rows(double outputs, double tiles, double stride, double reach);

/// The loops of a kernel on path "mapped" (layer/runtimes/array.cpp): a convolution in two axes or a matrix
/// product. Nothing for all others.
std::optional<Work> work_of(const layer::Kernel& kernel);

}  // namespace forecost::accelerator
