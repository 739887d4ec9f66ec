// SPDX-License-Identifier: Apache-2.0
/// Floating-point numbers of 16 bits and fewer, as ONNX stores them, to and from double.
#pragma once

#include <cstdint>
#include <optional>

#include "forecost/network/network.h"

namespace forecost::network {

/// Layout of a small float: sign, exponent, mantissa from the highest bit down.
struct SmallFloat {
  /// Which bit patterns are no numbers: infinities and NaN as in IEEE 754; NaN alone in all ones (fn); NaN
  /// alone in minus zero (fnuz); none at all.
  enum class Special { ieee, fn, fnuz, none };
  int exponent_bits = 0;
  int mantissa_bits = 0;
  int bias = 0;
  Special special = Special::ieee;
  bool has_sign = true;
};

/// The layout of float16, bfloat16, the float8, float6 and float4 types; empty for every other type.
/// Sources: IEEE 754-2019; OCP 8-bit floating point 1.0; OCP microscaling formats 1.0; ONNX float8 notes.
std::optional<SmallFloat> small_float(ElementType type);

/// The number a bit pattern stands for (infinities and NaN included). Exact.
double decode(const SmallFloat& format, std::uint32_t bits);

/// Nearest bit pattern, ties to even. Too large: infinity where the format has one, else the largest number.
std::uint32_t encode(const SmallFloat& format, double value);

}  // namespace forecost::network
