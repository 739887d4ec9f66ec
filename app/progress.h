// SPDX-License-Identifier: Apache-2.0
/// A progress bar on standard error; silent when that is no terminal.
#pragma once

#include <string>

#include "forecost/quantity/quantity.h"

namespace forecost::app {

class ProgressBar {
 public:
  ProgressBar(bool on_terminal, std::size_t width) : on_terminal_(on_terminal), width_(width) {}
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// Draws the bar over the last one. `share` is in 0 ... 1.
  void show(double share, Seconds remaining, const std::string& text);
  /// Removes the bar, so that other text can stand there.
  void clear();

 private:
  bool on_terminal_;
  std::size_t width_;
  bool shown_ = false;
};

/// "[#####.....]  52 %  4:31 left  text", at most `width` columns.
std::string bar_text(double share, Seconds remaining, const std::string& text, std::size_t width);

}  // namespace forecost::app
