// SPDX-License-Identifier: Apache-2.0
#include "app/duration.h"

#include <charconv>
#include <cmath>

namespace forecost::app {

std::optional<Seconds> parse_duration(std::string_view text) {
  double amount = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (fault != std::errc() || !std::isfinite(amount) || amount <= 0) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit.empty() || unit == "s") return Seconds(amount);
  if (unit == "min" || unit == "m") return Seconds(amount * 60);
  if (unit == "h") return Seconds(amount * 3600);
  return std::nullopt;
}

std::string check_duration(const std::string& text) {
  return parse_duration(text) ? "" : "'" + text + "' is no duration: write 90s, 10min or 1h";
}

}  // namespace forecost::app
