// SPDX-License-Identifier: Apache-2.0
/// Numbers with units. Adding seconds to bytes does not compile; a plain number enters and leaves by name.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace forecost {

/// One physical or counted quantity. `Unit` is a tag, `Rep` double (measured) or int64 (counted exactly).
template <typename Unit, typename Rep>
struct Quantity {
  using rep = Rep;
  Rep value{};

  constexpr Quantity() = default;
  constexpr explicit Quantity(Rep v) : value(v) {}

  constexpr auto operator<=>(const Quantity&) const = default;
  constexpr Quantity& operator+=(Quantity other) { return value += other.value, *this; }
  constexpr Quantity& operator-=(Quantity other) { return value -= other.value, *this; }
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity(a.value + b.value); }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity(a.value - b.value); }
  friend constexpr Quantity operator*(Quantity a, Rep factor) { return Quantity(a.value * factor); }
  friend constexpr Quantity operator*(Rep factor, Quantity a) { return Quantity(a.value * factor); }
  friend constexpr Quantity operator/(Quantity a, Rep divisor) { return Quantity(a.value / divisor); }
  /// The ratio of two like quantities is a plain number.
  friend constexpr double operator/(Quantity a, Quantity b) {
    return static_cast<double>(a.value) / static_cast<double>(b.value);
  }
};

using Seconds = Quantity<struct SecondsUnit, double>;
using Joules = Quantity<struct JoulesUnit, double>;
using Watts = Quantity<struct WattsUnit, double>;
using Bytes = Quantity<struct BytesUnit, std::int64_t>;
/// Multiply-accumulates: one product added to a running sum.
using Macs = Quantity<struct MacsUnit, std::int64_t>;
/// Arithmetic operations: a multiply-accumulate is two, every other elementary function one.
using Operations = Quantity<struct OperationsUnit, std::int64_t>;

constexpr double milliseconds(Seconds s) {
  return s.value * 1e3;
}
constexpr double microseconds(Seconds s) {
  return s.value * 1e6;
}
constexpr Seconds from_milliseconds(double ms) {
  return Seconds(ms * 1e-3);
}
constexpr Seconds from_microseconds(double us) {
  return Seconds(us * 1e-6);
}

/// A value with the interval in which the truth lies with the stated coverage (0.9 where nothing else is
/// said). low <= value <= high.
struct Estimate {
  Seconds value;
  Seconds low;
  Seconds high;
};

/// Short text for people, three significant digits: "12.3 ms", "4.09 G", "1.25 MiB".
std::string to_text(Seconds time);
std::string to_text(Joules energy);
std::string to_text(Bytes size);
std::string to_text(Macs count);
std::string to_text(Operations count);

}  // namespace forecost
