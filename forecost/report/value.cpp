// SPDX-License-Identifier: Apache-2.0
#include "forecost/report/value.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace forecost::report {
namespace {

std::string printable(std::string_view text) {
  std::string safe(text);
  for (char& c : safe) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = '?';
  }
  return safe;
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

std::string real_text(double x) {
  const double size = std::abs(x);
  if (!std::isfinite(x)) return "-";
  if (size >= 100) return fmt::format("{:.0f}", x);
  if (size >= 10) return fmt::format("{:.1f}", x);
  return fmt::format("{:.2f}", x);
}

struct TextOf {
  std::string operator()(std::monostate) const { return "-"; }
  std::string operator()(const std::string& text) const { return printable(text); }
  std::string operator()(bool flag) const { return flag ? "yes" : "no"; }
  std::string operator()(std::int64_t count) const { return std::to_string(count); }
  std::string operator()(double x) const { return real_text(x); }
  std::string operator()(Seconds time) const { return forecost::to_text(time); }
  std::string operator()(Joules energy) const { return forecost::to_text(energy); }
  std::string operator()(Bytes size) const { return forecost::to_text(size); }
  std::string operator()(Macs count) const { return forecost::to_text(count); }
  std::string operator()(Operations count) const { return forecost::to_text(count); }
  std::string operator()(Share share) const { return fmt::format("{:.1f} %", share.value * 100); }
  std::string operator()(SignedError error) const { return fmt::format("{:+.1f} %", error.value * 100); }
  std::string operator()(const std::vector<std::string>& parts) const {
    return printable(joined(parts, " + "));
  }
};

struct PlainOf {
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(std::int64_t count) const { return std::to_string(count); }
  std::string operator()(double x) const { return std::isfinite(x) ? fmt::format("{}", x) : std::string(); }
  std::string operator()(Seconds time) const { return (*this)(milliseconds(time)); }
  std::string operator()(Joules energy) const { return (*this)(energy.value * 1e3); }
  std::string operator()(Bytes size) const { return std::to_string(size.value); }
  std::string operator()(Macs count) const { return std::to_string(count.value); }
  std::string operator()(Operations count) const { return std::to_string(count.value); }
  std::string operator()(Share share) const { return (*this)(share.value); }
  std::string operator()(SignedError error) const { return (*this)(error.value); }
  std::string operator()(const std::vector<std::string>& parts) const { return joined(parts, ";"); }
};

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// Byte offset of the code point number `count`.
std::size_t offset_of(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  while (at < text.size() && count > 0) {
    ++at;
    while (at < text.size() && continues(text[at])) ++at;
    --count;
  }
  return at;
}

}  // namespace

std::string to_text(const Value& value) {
  return std::visit(TextOf{}, value);
}

std::string to_plain(const Value& value) {
  return std::visit(PlainOf{}, value);
}

bool is_number(const Value& value) {
  return !std::holds_alternative<std::monostate>(value) && !std::holds_alternative<std::string>(value) &&
         !std::holds_alternative<bool>(value) && !std::holds_alternative<std::vector<std::string>>(value);
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

std::string elided(std::string_view text, std::size_t width) {
  const std::size_t length = width_of(text);
  if (length <= width) return std::string(text);
  if (width == 0) return {};
  const std::size_t tail = (width - 1) / 2;
  const std::size_t head = width - 1 - tail;
  return std::string(text.substr(0, offset_of(text, head))) + "~" +
         std::string(text.substr(offset_of(text, length - tail)));
}

}  // namespace forecost::report
