// SPDX-License-Identifier: Apache-2.0
#include "forecost/accelerator/work.h"

#include <algorithm>
#include <cmath>

#include "forecost/layer/weight_format.h"

namespace forecost::accelerator {
namespace {

std::int64_t whole(double extent) {
  return std::max<std::int64_t>(1, std::llround(extent));
}

bool has_constant_factor(const layer::Kernel& kernel) {
  return std::find(kernel.constant_inputs.begin(), kernel.constant_inputs.end(), true) !=
         kernel.constant_inputs.end();
}

}  // namespace

std::string_view name_of(Tensor tensor) {
  constexpr std::array<std::string_view, tensor_count> names = {"weights", "inputs", "outputs"};
  return names[index_of(tensor)];
}

double Work::macs() const {
  double product = 1;
  for (const std::int64_t size : extent) product *= static_cast<double>(size);
  return product;
}

double input_rows(double outputs, double tiles, double stride, double reach) {
  return outputs * std::min(stride, reach) + tiles * std::max(0.0, reach - stride);
}

double Work::words(Tensor tensor) const {
  const auto size = [this](Dim dim) { return static_cast<double>(of(dim)); };
  switch (tensor) {
    case Tensor::weights:
      return size(Dim::m) * size(Dim::c) * size(Dim::r) * size(Dim::s);
    case Tensor::outputs:
      return size(Dim::n) * size(Dim::m) * size(Dim::p) * size(Dim::q);
    case Tensor::inputs:
      break;
  }
  const auto reach = [&](Dim dim) { return (size(dim) - 1) * static_cast<double>(dilation) + 1; };
  return size(Dim::n) * size(Dim::c) *
         input_rows(size(Dim::p), 1, static_cast<double>(stride_p), reach(Dim::r)) *
         input_rows(size(Dim::q), 1, static_cast<double>(stride_q), reach(Dim::s));
}

std::optional<Work> work_of(const layer::Kernel& kernel) {
  const layer::Extents& e = kernel.cost.extents;
  if (kernel.path != "mapped") return std::nullopt;
  Work work;
  if (kernel.weights != nullptr) {
    work.weight_bits = kernel.weights->bits;
    work.weight_shifts = kernel.weights->shifts;
  }
  Extents& x = work.extent;
  if (kernel.op.find("Conv") != std::string::npos) {
    const double taps = std::max(1.0, e.kernel_h * e.kernel_w);
    if (e.out_h * e.out_w != e.m || std::fmod(e.k, taps) != 0) return std::nullopt;  // another rank
    x = {whole(e.batch), whole(e.n),        whole(e.k / taps), whole(e.out_h),
         whole(e.out_w), whole(e.kernel_h), whole(e.kernel_w)};
    work.stride_p = whole(e.stride_h);
    work.stride_q = whole(e.stride_w);
    work.dilation = whole(e.dilation);
    work.repeats = whole(e.groups);
    return work;
  }
  x[index_of(Dim::n)] = whole(e.m);
  x[index_of(Dim::m)] = whole(e.n);
  x[index_of(Dim::c)] = whole(e.k);
  work.repeats = whole(e.groups);
  if (has_constant_factor(kernel)) {
    x[index_of(Dim::n)] *= whole(e.batch);  // the same weights for all
  } else {
    work.repeats *= whole(e.batch);
  }
  return work;
}

}  // namespace forecost::accelerator
