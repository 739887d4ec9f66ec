// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/pinning.h"

#include <cstring>

#include <sched.h>

namespace forecost::device {
namespace {

constexpr std::size_t words = sizeof(cpu_set_t) / sizeof(unsigned long);

}  // namespace

Pinning::Pinning(std::span<const int> cores) {
  if (cores.empty()) return;
  cpu_set_t wanted;
  CPU_ZERO(&wanted);
  for (const int core : cores) {
    if (core >= 0 && core < CPU_SETSIZE) CPU_SET(static_cast<std::size_t>(core), &wanted);
  }
  cpu_set_t present;
  CPU_ZERO(&present);
  held_ = sched_getaffinity(0, sizeof(present), &present) == 0;
  if (!held_ || CPU_EQUAL(&present, &wanted)) return;
  held_ = sched_setaffinity(0, sizeof(wanted), &wanted) == 0;
  if (!held_) return;
  before_.resize(words);
  std::memcpy(before_.data(), &present, sizeof(present));
}

Pinning::~Pinning() {
  if (before_.empty()) return;
  cpu_set_t before;
  std::memcpy(&before, before_.data(), sizeof(before));
  sched_setaffinity(0, sizeof(before), &before);
}

}  // namespace forecost::device
