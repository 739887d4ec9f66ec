// SPDX-License-Identifier: Apache-2.0
#include "forecost/layer/memory.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "forecost/layer/rule_parts.h"

namespace forecost::layer {

MemoryPlan plan_memory(const LayeredNetwork&) {
  return {};
}

}  // namespace forecost::layer
