// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/strategy.h"

namespace forecost::search {

const StrategyEntry* find_strategy(std::string_view name) {
  for (const StrategyEntry& entry : strategy_list()) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

}  // namespace forecost::search
