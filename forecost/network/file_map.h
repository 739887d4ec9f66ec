// SPDX-License-Identifier: Apache-2.0
/// A file as read-only memory, without reading ahead.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "forecost/outcome/outcome.h"

namespace forecost::network {

/// Pages come in as they are touched, so a model's payloads stay on disk. Moves, does not copy.
class FileMap {
 public:
  /// Fails: `not_found`, `permission`, `bad_input` (a folder or another thing that is no file), `exhausted`.
  static Result<FileMap> open(const std::filesystem::path& file);

  FileMap(FileMap&& other) noexcept;
  FileMap& operator=(FileMap&& other) noexcept;
  FileMap(const FileMap&) = delete;
  FileMap& operator=(const FileMap&) = delete;
  ~FileMap();

  /// Empty for an empty file.
  std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(start_), size_}; }

  /// Gives back the memory of a part that will not be looked at again. A page that was touched may have
  /// brought megabytes around it with it (kernels map whole huge pages of the page cache).
  void release(std::string_view part) const;

 private:
  FileMap(void* start, std::size_t size) : start_(start), size_(size) {}
  void* start_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace forecost::network
