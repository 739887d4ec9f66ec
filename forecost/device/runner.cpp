// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/runner.h"

namespace forecost::device {

const RunnerCard* find_runner(std::string_view name) {
  for (const auto& card : runner_list()) {
    if (card.name == name) return &card;
  }
  return nullptr;
}

}  // namespace forecost::device
