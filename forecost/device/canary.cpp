// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/canary.h"

#include "forecost/device/roof_loops.h"

namespace forecost::device {

double canary_rate(const System& system) {
  constexpr Seconds long_enough = from_milliseconds(2);
  constexpr std::int64_t rounds = 10'000;
  multiply_add_loop(rounds / 10);  // wakes the wide units up
  const Seconds start = system.now();
  double operations = 0;
  Seconds elapsed;
  do {
    operations += multiply_add_loop(rounds);
    elapsed = system.now() - start;
  } while (elapsed < long_enough);
  return operations / elapsed.value;
}

}  // namespace forecost::device
