// SPDX-License-Identifier: Apache-2.0
/// Files that may be packed by gzip, read front to back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "forecost/outcome/outcome.h"

struct gzFile_s;  // of zlib

namespace forecost::training {

class PackedFile {
 public:
  /// A file that is not packed is read as it is. Fails: `not_found`, `permission`.
  static Result<PackedFile> open(const std::filesystem::path& file);

  /// The next `count` bytes, fewer only at the end of the file. Memory grows with what is there, not with
  /// `count`. Fails: `bad_input` where the packing is damaged, `failed` where the file cannot be read.
  Result<std::vector<std::uint8_t>> read(std::int64_t count);

  const std::filesystem::path& path() const { return path_; }

 private:
  using Handle = std::unique_ptr<gzFile_s, void (*)(gzFile_s*)>;
  PackedFile(std::filesystem::path path, Handle handle);

  std::filesystem::path path_;
  Handle handle_;
};

}  // namespace forecost::training
