// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/family.h"

namespace forecost::predictor {

std::string_view name_of(Bound bound) {
  switch (bound) {
    case Bound::compute:
      return "compute";
    case Bound::memory:
      return "memory";
    case Bound::overhead:
      return "overhead";
  }
  return "overhead";
}

const Family* find_family(std::string_view name) {
  for (const Family& family : family_list()) {
    if (family.name == name) return &family;
  }
  return nullptr;
}

}  // namespace forecost::predictor
