// SPDX-License-Identifier: Apache-2.0
/// What the library of fake_nvml.cpp says, told by the test that loaded it.
#pragma once

namespace forecost::tests {

struct FakeNvml {
  double (*seconds)(const void* clock) = nullptr;  ///< nullptr: time stands still
  const void* clock = nullptr;
  double watts = 100;
  unsigned gpus = 1;
  bool has_counter = true;
  bool has_instant = true;
  bool has_average = true;
  int failure = 0;  ///< every reading ends with it; 0: none
  int begun = 0;    ///< nvmlInit_v2 less nvmlShutdown
};

}  // namespace forecost::tests
