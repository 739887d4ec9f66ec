// SPDX-License-Identifier: Apache-2.0
#include "app/progress.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "forecost/report/value.h"

namespace forecost::app {

ProgressBar::~ProgressBar() {
  clear();
}

void ProgressBar::show(double share, Seconds remaining, const std::string& text) {
  if (!on_terminal_) return;
  fmt::print(stderr, "\r\x1b[K{}", bar_text(share, remaining, text, width_));
  std::fflush(stderr);
  shown_ = true;
}

void ProgressBar::clear() {
  if (!shown_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  shown_ = false;
}

std::string bar_text(double share, Seconds remaining, const std::string& text, std::size_t width) {
  constexpr std::size_t cells = 24;
  const double part = std::clamp(share, 0.0, 1.0);
  const auto full = static_cast<std::size_t>(std::lround(part * cells));
  const auto seconds = static_cast<long>(std::lround(std::max(0.0, remaining.value)));
  const std::string line =
      fmt::format("[{}{}] {:3.0f} %  {}:{:02} left  {}", std::string(full, '#'),
                  std::string(cells - full, '.'), part * 100, seconds / 60, seconds % 60, text);
  return report::elided(line, width > 0 ? width - 1 : 0);
}

}  // namespace forecost::app
