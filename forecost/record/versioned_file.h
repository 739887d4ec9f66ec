// SPDX-License-Identifier: Apache-2.0
/// JSON files that say what they are: {"format": <kind>, "version": <number>, ...}, replaced atomically.
#pragma once

#include <filesystem>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "forecost/outcome/outcome.h"

namespace forecost::record {

struct FileKind {
  std::string_view format;  ///< "forecost.predictor"
  int version = 1;          ///< newest that this build writes and reads
  std::string_view remake;  ///< command that makes a new file, for hints: "forecost calibrate"
};

/// Writes `content` (an object) with format and version added; makes missing folders. The file is complete or
/// as it was before: the text goes to a neighbour that is synced and renamed. Fails: `permission`,
/// `exhausted` (disk full), `failed`.
Status write_versioned(const std::filesystem::path& file, const FileKind& kind, nlohmann::json content);

/// The whole object. Fails: `not_found`; `bad_input` for a file that is no JSON or of another kind;
/// `unsupported` for another version (the hint says which command makes a new file).
Result<nlohmann::json> read_versioned(const std::filesystem::path& file, const FileKind& kind);

}  // namespace forecost::record
