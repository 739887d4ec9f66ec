// SPDX-License-Identifier: Apache-2.0
/// Keeps the calling thread on chosen cores for as long as the object lives, then gives the old set back.
#pragma once

#include <span>
#include <vector>

namespace forecost::device {

/// Pins the calling thread to `cores`; nothing happens for an empty set, and cores that the machine refuses
/// are reported by `held()`. Threads that are started meanwhile inherit the pinning: start pools before.
/// Costs one system call when the thread is already there, three otherwise (a block of measurements should
/// hold one).
class Pinning {
 public:
  explicit Pinning(std::span<const int> cores);
  ~Pinning();
  Pinning(const Pinning&) = delete;
  Pinning& operator=(const Pinning&) = delete;

  /// Whether the thread runs on these cores and no others (true for an empty set).
  bool held() const { return held_; }

 private:
  std::vector<unsigned long> before_;  ///< mask to restore; empty: nothing to undo
  bool held_ = true;
};

}  // namespace forecost::device
