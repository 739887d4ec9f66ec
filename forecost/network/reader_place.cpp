// SPDX-License-Identifier: Apache-2.0
#include "forecost/network/reader_place.h"

#include <fmt/format.h>

namespace forecost::network {

std::string Place::text() const {
  return inside.empty() ? std::string(source) : fmt::format("{}, {}", source, inside);
}

Error Place::damaged(const wire::Defect& defect) const {
  return {Fault::bad_input, "not a readable ONNX model: " + defect.what,
          fmt::format("{}, byte {}", text(), defect.offset),
          "the file is damaged, cut off or something else: copy or export it again"};
}

Error Place::broken(std::string what, std::string hint) const {
  return {Fault::bad_input, std::move(what), text(), std::move(hint)};
}

}  // namespace forecost::network
