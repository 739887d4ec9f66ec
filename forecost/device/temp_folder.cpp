// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/temp_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace forecost::device {

Result<TempFolder> TempFolder::make(const System& system) {
  const std::filesystem::path root = system.environment("TMPDIR").value_or("/tmp");
  std::string name = (root / "forecost-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    const int code = errno;
    return Error{code == ENOSPC ? Fault::exhausted : Fault::permission,
                 fmt::format("cannot make a temporary folder: {}", std::strerror(code)), root.string(),
                 "set TMPDIR to a folder that you may write to"};
  }
  return TempFolder(name);
}

TempFolder::TempFolder(TempFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TempFolder& TempFolder::operator=(TempFolder&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace forecost::device
