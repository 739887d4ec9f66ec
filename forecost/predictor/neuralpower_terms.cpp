// SPDX-License-Identifier: Apache-2.0
// NeuralPower's MATLAB counts from 1: convolutions are p1..p16 = [N Ho Wo Co | kh kw Cin Cout | ph pw | sh sw
// | N H W C], base p1 p2 p3 p6 p7 p8 p14; specials s1 = p2..p7, s2 = p13 s1, s3 = p13 p2 p3 p5 p6 p7, s4 =
// p1..p4, s5 = p5..p8, s6 = p13..p16, s7 = p13 p15 p16, s8 = p13 p14 p16.
#include "forecost/predictor/neuralpower_terms.h"

#include <algorithm>
#include <cmath>

namespace forecost::predictor {
namespace {

/// Base and special terms of one kernel, or their names.
template <typename T>
struct Ingredients {
  std::vector<T> base;
  std::vector<T> special;
};

double times(double a, double b) {
  return a * b;
}

std::string times(const std::string& a, const std::string& b) {
  return a + " * " + b;
}

double log2_of(double a) {
  return std::log2(std::max(1.0, a));
}

std::string log2_of(const std::string& a) {
  return "log2(" + a + ")";
}

template <typename T>
std::vector<T> products(const std::vector<T>& base, int degree) {
  std::vector<T> terms = base;
  if (degree >= 2) {
    for (std::size_t i = 0; i < base.size(); ++i) {
      for (std::size_t j = i; j < base.size(); ++j) terms.push_back(times(base[i], base[j]));
    }
  }
  if (degree < 3) return terms;
  for (std::size_t i = 0; i < base.size(); ++i) {
    for (std::size_t j = i; j < base.size(); ++j) {
      for (std::size_t k = j; k < base.size(); ++k) terms.push_back(times(times(base[i], base[j]), base[k]));
    }
  }
  return terms;
}

Ingredients<double> convolution(const layer::Kernel& kernel) {
  const layer::Extents& e = kernel.cost.extents;
  const double filters = e.n * e.groups;
  const double taps = std::max(1.0, e.kernel_h * e.kernel_w);
  const double depth = e.k / taps;
  const double channels = depth * e.groups;
  const double pixels = e.out_h * e.out_w;
  return {{e.batch, e.out_h, e.out_w, e.kernel_w, depth, filters, e.in_h},
          {pixels * filters * taps * depth, e.batch * pixels * filters * taps * depth,
           e.batch * pixels * taps * depth, e.batch * pixels * filters, taps * depth * filters,
           e.batch * e.in_h * e.in_w * channels, e.batch * e.in_w * channels, e.batch * e.in_h * channels}};
}

Ingredients<double> dense(const layer::Kernel& kernel) {
  const layer::Extents& e = kernel.cost.extents;
  const double rows = e.batch * e.groups * e.m;
  return {{rows, e.n, 1, 1, e.k}, {rows * e.n * e.k}};
}

Ingredients<double> pool(const layer::Kernel& kernel) {
  const layer::Extents& e = kernel.cost.extents;
  const double written = e.batch * e.out_h * e.out_w * e.n;
  return {{e.batch, e.out_h, e.out_w, e.n, e.kernel_h, e.in_h},
          {written * e.kernel_h * e.kernel_w, written, e.batch * e.in_h * e.in_w * e.n}};
}

/// Joined along the channels: the parts' shares of the output; what is not there is 0.
Ingredients<double> concat(const layer::Kernel& kernel) {
  const layer::Shape shape = kernel.outputs.empty() ? layer::Shape{} : kernel.outputs.front();
  const auto extent = [&shape](std::size_t axis) {
    return axis < shape.size() ? static_cast<double>(shape[axis]) : 1.0;
  };
  const double image = extent(0) * extent(2) * extent(3);
  Ingredients<double> result{{extent(0), extent(2), extent(3), extent(1)}, {image * extent(1)}};
  constexpr std::size_t parts = 6;
  for (std::size_t i = 0; i < parts; ++i) {
    const bool there = i < kernel.inputs.size() && kernel.inputs[i].size() > 1;
    const double channels = there ? static_cast<double>(kernel.inputs[i][1]) : 0.0;
    result.base.push_back(channels);
    if (i < 4) result.special.push_back(image * channels);
  }
  return result;
}

Ingredients<double> other(const layer::Kernel& kernel) {
  return {{static_cast<double>(kernel.cost.operations.value),
           static_cast<double>(kernel.cost.read.value + kernel.cost.written.value)},
          {}};
}

Ingredients<double> ingredients_of(const layer::Kernel& kernel, LayerType type) {
  switch (type) {
    case LayerType::convolution:
      return convolution(kernel);
    case LayerType::dense:
      return dense(kernel);
    case LayerType::pool:
      return pool(kernel);
    case LayerType::concat:
      return concat(kernel);
    case LayerType::other:
      break;
  }
  return other(kernel);
}

Ingredients<std::string> names_of(LayerType type) {
  switch (type) {
    case LayerType::convolution:
      return {{"batch", "out_h", "out_w", "kernel_w", "c_in", "c_out", "in_h"},
              {"macs of one image", "macs", "im2col elements", "output elements", "filter elements",
               "input elements", "batch * in_w * channels", "batch * in_h * channels"}};
    case LayerType::dense:
      return {{"rows", "c_out", "1 (height)", "1 (width)", "c_in"}, {"macs"}};
    case LayerType::pool:
      return {{"batch", "out_h", "out_w", "channels", "kernel_h", "in_h"},
              {"window elements", "output elements", "input elements"}};
    case LayerType::concat:
      return {{"batch", "height", "width", "c_out", "c1", "c2", "c3", "c4", "c5", "c6"},
              {"output elements", "elements of part 1", "elements of part 2", "elements of part 3",
               "elements of part 4"}};
    case LayerType::other:
      break;
  }
  return {{"operations", "bytes"}, {}};
}

template <typename T>
std::vector<T> terms_from(Ingredients<T> parts, LayerType type, PolynomialTarget target) {
  const bool cubic = type == LayerType::convolution || type == LayerType::pool;
  int degree = cubic ? 3 : 2;
  if (type == LayerType::other) degree = 1;
  if (type == LayerType::concat && target == PolynomialTarget::runtime) degree = 1;
  if (target == PolynomialTarget::power && degree > 1) {
    degree = 2;
    if (type != LayerType::concat) {
      const std::size_t count = parts.base.size();
      for (std::size_t i = 0; i < count; ++i) parts.base.push_back(log2_of(parts.base[i]));
    }
  }
  std::vector<T> terms = products(parts.base, degree);
  const bool none = target == PolynomialTarget::power && type == LayerType::dense;
  if (!none) terms.insert(terms.end(), parts.special.begin(), parts.special.end());
  return terms;
}

}  // namespace

std::string_view name_of(LayerType type) {
  static constexpr std::array<std::string_view, layer_types.size()> names = {"convolution", "dense", "pool",
                                                                             "concat", "other"};
  return names[static_cast<std::size_t>(type)];
}

LayerType layer_type_of(const layer::Kernel& kernel) {
  if (kernel.op.find("Conv") != std::string::npos) return LayerType::convolution;
  if (kernel.op.find("Pool") != std::string::npos || kernel.op == "LRN") return LayerType::pool;
  if (kernel.op.find("Concat") != std::string::npos) return LayerType::concat;
  return kernel.cost.macs.value > 0 ? LayerType::dense : LayerType::other;
}

std::vector<double> neuralpower_terms(const layer::Kernel& kernel, LayerType type, PolynomialTarget target) {
  return terms_from(ingredients_of(kernel, type), type, target);
}

std::vector<std::string> neuralpower_term_names(LayerType type, PolynomialTarget target) {
  return terms_from(names_of(type), type, target);
}

}  // namespace forecost::predictor
