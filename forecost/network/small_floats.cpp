// SPDX-License-Identifier: Apache-2.0
#include "forecost/network/small_floats.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace forecost::network {
namespace {

using Special = SmallFloat::Special;

std::uint32_t exponent_mask(const SmallFloat& format) {
  return (1U << format.exponent_bits) - 1;
}

std::uint32_t sign_bit(const SmallFloat& format) {
  return format.has_sign ? 1U << (format.exponent_bits + format.mantissa_bits) : 0;
}

std::uint32_t not_a_number(const SmallFloat& format) {
  if (format.special == Special::fnuz) return sign_bit(format);
  const std::uint32_t ones =
      (exponent_mask(format) << format.mantissa_bits) | ((1U << format.mantissa_bits) - 1);
  return format.special == Special::none ? 0 : ones;
}

std::uint32_t largest(const SmallFloat& format) {
  const std::uint32_t all = (1U << (format.exponent_bits + format.mantissa_bits)) - 1;
  if (format.special == Special::ieee) return (exponent_mask(format) << format.mantissa_bits) - 1;
  return format.special == Special::fn ? all - 1 : all;
}

}  // namespace

std::optional<SmallFloat> small_float(ElementType type) {
  switch (type) {
    case ElementType::float16:
      return SmallFloat{5, 10, 15, Special::ieee};
    case ElementType::bfloat16:
      return SmallFloat{8, 7, 127, Special::ieee};
    case ElementType::float8e4m3fn:
      return SmallFloat{4, 3, 7, Special::fn};
    case ElementType::float8e4m3fnuz:
      return SmallFloat{4, 3, 8, Special::fnuz};
    case ElementType::float8e5m2:
      return SmallFloat{5, 2, 15, Special::ieee};
    case ElementType::float8e5m2fnuz:
      return SmallFloat{5, 2, 16, Special::fnuz};
    case ElementType::float8e8m0:
      return SmallFloat{8, 0, 127, Special::fn, false};
    case ElementType::float4e2m1:
      return SmallFloat{2, 1, 1, Special::none};
    case ElementType::float6e2m3:
      return SmallFloat{2, 3, 1, Special::none};
    case ElementType::float6e3m2:
      return SmallFloat{3, 2, 3, Special::none};
    default:
      return {};
  }
}

double decode(const SmallFloat& format, std::uint32_t bits) {
  const std::uint32_t mantissa = bits & ((1U << format.mantissa_bits) - 1);
  const std::uint32_t exponent = (bits >> format.mantissa_bits) & exponent_mask(format);
  const bool negative = (bits & sign_bit(format)) != 0;
  const std::uint32_t size = bits & ((1U << (format.exponent_bits + format.mantissa_bits)) - 1);
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  if (format.special == Special::fnuz && bits == sign_bit(format)) return nan;
  if (format.special == Special::fn && size == not_a_number(format)) return nan;
  if (format.special == Special::ieee && exponent == exponent_mask(format)) {
    if (mantissa != 0) return nan;
    return negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  }
  double value = 0;
  if (!format.has_sign) {
    value = std::ldexp(1.0, static_cast<int>(exponent) - format.bias);
  } else if (exponent == 0) {
    value = std::ldexp(static_cast<double>(mantissa), 1 - format.bias - format.mantissa_bits);
  } else {
    value = std::ldexp(static_cast<double>(mantissa | (1U << format.mantissa_bits)),
                       static_cast<int>(exponent) - format.bias - format.mantissa_bits);
  }
  return negative ? -value : value;
}

std::uint32_t encode(const SmallFloat& format, double value) {
  if (std::isnan(value)) return not_a_number(format);
  const std::uint32_t sign = std::signbit(value) ? sign_bit(format) : 0;
  const double size = std::abs(value);
  const std::uint32_t most = largest(format);
  if (!format.has_sign) {  // a power of two without mantissa: no zero either
    if (value <= 0) return 0;
    return static_cast<std::uint32_t>(
        std::clamp(std::nearbyint(std::log2(value)) + format.bias, 0.0, double(most)));
  }
  const std::uint32_t beyond = format.special == Special::ieee ? most + 1 : most;
  if (size > decode(format, most) * 2) return sign | beyond;
  const int exponent = std::max(size > 0 ? std::ilogb(size) : 0, 1 - format.bias);
  // The implicit bit of a normal number carries into the exponent field; a subnormal one has none.
  const double steps = std::nearbyint(std::ldexp(size, format.mantissa_bits - (size > 0 ? exponent : 0)));
  auto bits = static_cast<std::uint32_t>(steps);
  if (size > 0) bits += static_cast<std::uint32_t>(exponent + format.bias - 1) << format.mantissa_bits;
  if (bits > most) bits = beyond;
  if (bits == 0 && format.special == Special::fnuz) return 0;
  return sign | bits;
}

}  // namespace forecost::network
