// SPDX-License-Identifier: Apache-2.0
#include "forecost/quantity/quantity.h"

#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

namespace forecost {
namespace {

/// Three significant digits without an exponent for 0.001 <= |x| < 10000.
std::string three_digits(double x) {
  const double size = std::abs(x);
  if (size >= 100) return fmt::format("{:.0f}", x);
  if (size >= 10) return fmt::format("{:.1f}", x);
  return fmt::format("{:.2f}", x);
}

std::string counted(double count) {
  static constexpr std::array<std::string_view, 6> prefixes{"", " k", " M", " G", " T", " P"};
  std::size_t step = 0;
  while (std::abs(count) >= 999.5 && step + 1 < prefixes.size()) {
    count /= 1000;
    ++step;
  }
  return step == 0 ? fmt::format("{:.0f}", count) : three_digits(count) + std::string(prefixes[step]);
}

}  // namespace

std::string to_text(Seconds time) {
  const double size = std::abs(time.value);
  if (size >= 1) return three_digits(time.value) + " s";
  if (size >= 1e-3) return three_digits(time.value * 1e3) + " ms";
  if (size >= 1e-6 || size == 0) return three_digits(time.value * 1e6) + " us";
  return three_digits(time.value * 1e9) + " ns";
}

std::string to_text(Joules energy) {
  const double size = std::abs(energy.value);
  if (size >= 1e3) return three_digits(energy.value * 1e-3) + " kJ";
  if (size >= 1 || size == 0) return three_digits(energy.value) + " J";
  if (size >= 1e-3) return three_digits(energy.value * 1e3) + " mJ";
  return three_digits(energy.value * 1e6) + " uJ";
}

std::string to_text(Bytes size) {
  static constexpr std::array<std::string_view, 5> units{" B", " KiB", " MiB", " GiB", " TiB"};
  auto amount = static_cast<double>(size.value);
  std::size_t step = 0;
  while (std::abs(amount) >= 1023.5 && step + 1 < units.size()) {
    amount /= 1024;
    ++step;
  }
  return (step == 0 ? fmt::format("{:.0f}", amount) : three_digits(amount)) + std::string(units[step]);
}

std::string to_text(Macs count) {
  return counted(static_cast<double>(count.value));
}
std::string to_text(Operations count) {
  return counted(static_cast<double>(count.value));
}

}  // namespace forecost
