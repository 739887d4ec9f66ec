// SPDX-License-Identifier: Apache-2.0
/// Writes a Network as an ONNX file. Weights are generated while writing, so memory stays small.
#pragma once

#include <filesystem>
#include <string>

#include "forecost/network/network.h"
#include "forecost/outcome/outcome.h"

namespace forecost::network {

enum class Payload {
  full,   ///< every initializer with its bytes, from `values` or `fill`
  hollow  ///< large initializers without payload: the structure only (our reader reads it, a runtime cannot
          ///< run it)
};

/// Writes to `file` through a temporary beside it and a rename: the file is complete or untouched.
/// Fails: `permission`, `exhausted` (disk full), `bad_input` when an initializer has no contents to write.
Status write(const Network& network, const std::filesystem::path& file, Payload payload = Payload::full);

/// The serialised model in memory (for a runtime's in-memory session).
Result<std::string> serialise(const Network& network, Payload payload = Payload::full);

}  // namespace forecost::network
