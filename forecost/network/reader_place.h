// SPDX-License-Identifier: Apache-2.0
/// How the reader words its errors: which file, which byte, which node.
#pragma once

#include <string>
#include <string_view>

#include "forecost/network/file_map.h"
#include "forecost/network/wire.h"
#include "forecost/outcome/outcome.h"

namespace forecost::network {

/// Where the reader is. Copied down as it descends; owns nothing but the text of the innermost thing.
struct Place {
  std::string_view source;       ///< the file
  std::string inside;            ///< "node 'conv1' (Conv)"; empty at the top
  const FileMap* map = nullptr;  ///< null for a model in memory

  Place within(std::string thing) const { return {source, std::move(thing), map}; }

  /// A malformed wire format: says the byte, and that the file is damaged.
  Error damaged(const wire::Defect& defect) const;
  /// A model that is encoded well but breaks a rule of ONNX.
  Error broken(std::string what, std::string hint) const;
  std::string text() const;
};

}  // namespace forecost::network
