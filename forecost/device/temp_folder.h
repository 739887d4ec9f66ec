// SPDX-License-Identifier: Apache-2.0
/// A private folder for what a runtime insists on writing to files; removed with all that is in it.
#pragma once

#include <filesystem>

#include "forecost/device/system.h"
#include "forecost/outcome/outcome.h"

namespace forecost::device {

class TempFolder {
 public:
  /// Under $TMPDIR, else /tmp; readable by this user alone. Fails: `permission` or `exhausted`.
  static Result<TempFolder> make(const System& system);

  TempFolder(TempFolder&& other) noexcept;
  TempFolder& operator=(TempFolder&& other) noexcept;
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TempFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace forecost::device
