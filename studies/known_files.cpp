// SPDX-License-Identifier: Apache-2.0
#include "known_files.h"

#include <cstdlib>

namespace forecost::studies {

std::optional<std::filesystem::path> data_file(const std::string& name) {
  const char* folder = std::getenv("FORECOST_DATA");
  const std::filesystem::path root =
      folder != nullptr ? std::filesystem::path(folder)
                        : std::filesystem::path(FORECOST_SOURCE_DIR) / ".." / "shared" / "data";
  std::error_code ignored;
  const std::filesystem::path file = (root / name).lexically_normal();
  if (!std::filesystem::exists(file, ignored)) return std::nullopt;
  return file;
}

}  // namespace forecost::studies
