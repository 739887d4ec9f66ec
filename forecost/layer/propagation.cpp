// SPDX-License-Identifier: Apache-2.0
#include "forecost/layer/propagation.h"

#include <cmath>
#include <limits>

namespace forecost::layer {

bool is_followed(const Shape& shape) {
  const auto elements = network::elements_of(shape);
  return elements && *elements <= network::Tensor::kept_elements;
}

const Values* known(const OpCall& call, std::size_t input) {
  if (!call.has(input) || !call.inputs[input].values) return nullptr;
  const TensorFact& fact = call.inputs[input];
  const bool whole = count_of(*fact.values) == static_cast<std::size_t>(fact.elements());
  return whole ? &*fact.values : nullptr;
}

bool holds_integers(ElementType element) {
  switch (element) {
    case ElementType::uint8:
    case ElementType::int8:
    case ElementType::uint16:
    case ElementType::int16:
    case ElementType::int32:
    case ElementType::int64:
    case ElementType::boolean:
    case ElementType::uint32:
    case ElementType::uint64:
    case ElementType::uint4:
    case ElementType::int4:
    case ElementType::uint2:
    case ElementType::int2:
      return true;
    default:
      return false;
  }
}

std::size_t count_of(const Values& values) {
  return std::visit([](const auto& v) { return v.size(); }, values);
}

double real_at(const Values& values, std::size_t index) {
  return std::visit([index](const auto& v) { return static_cast<double>(v[index]); }, values);
}

std::int64_t integer_at(const Values& values, std::size_t index) {
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&values)) return (*integers)[index];
  const double real = std::get<std::vector<double>>(values)[index];
  constexpr double edge = 9223372036854775808.0;  // 2^63
  if (std::isnan(real)) return 0;
  if (real >= edge) return std::numeric_limits<std::int64_t>::max();
  if (real < -edge) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(real);
}

Values converted(const Values& values, ElementType element) {
  const std::size_t count = count_of(values);
  if (!holds_integers(element)) {
    std::vector<double> reals(count);
    for (std::size_t i = 0; i < count; ++i) reals[i] = real_at(values, i);
    return reals;
  }
  std::vector<std::int64_t> integers(count);
  const bool truth = element == ElementType::boolean;
  for (std::size_t i = 0; i < count; ++i) {
    integers[i] = truth ? static_cast<std::int64_t>(real_at(values, i) != 0) : integer_at(values, i);
  }
  return integers;
}

Values picked(const Values& values, const std::vector<std::int64_t>& indices) {
  return std::visit(
      [&](const auto& v) -> Values {
        std::remove_cvref_t<decltype(v)> out(indices.size());
        for (std::size_t i = 0; i < indices.size(); ++i) out[i] = v[static_cast<std::size_t>(indices[i])];
        return out;
      },
      values);
}

std::vector<std::int64_t> strides_of(const Shape& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  return strides;
}

std::vector<std::int64_t> walk(const Shape& out, const std::vector<std::int64_t>& strides,
                               std::int64_t offset) {
  const auto count = static_cast<std::size_t>(network::elements_of(out).value_or(0));
  std::vector<std::int64_t> indices(count);
  Shape position(out.size(), 0);
  std::int64_t at = offset;
  for (std::size_t i = 0; i < count; ++i) {
    indices[i] = at;
    for (std::size_t axis = out.size(); axis-- > 0;) {
      at += strides[axis];
      if (++position[axis] < out[axis]) break;
      at -= strides[axis] * out[axis];
      position[axis] = 0;
    }
  }
  return indices;
}

std::vector<std::int64_t> broadcast_strides(const Shape& from, const Shape& to) {
  const std::vector<std::int64_t> own = strides_of(from);
  std::vector<std::int64_t> strides(to.size(), 0);
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i] != 1) strides[to.size() - from.size() + i] = own[i];
  }
  return strides;
}

}  // namespace forecost::layer
