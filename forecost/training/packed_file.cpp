// SPDX-License-Identifier: Apache-2.0
#include "forecost/training/packed_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <zlib.h>

namespace forecost::training {
namespace {

constexpr std::int64_t piece = std::int64_t{1} << 22;

}  // namespace

PackedFile::PackedFile(std::filesystem::path path, Handle handle)
    : path_(std::move(path)), handle_(std::move(handle)) {}

Result<PackedFile> PackedFile::open(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    return Error{Fault::bad_input, "it is a folder, not a file", file.string(), "name the file in it"};
  }
  errno = 0;
  gzFile opened = gzopen(file.c_str(), "rb");
  if (opened == nullptr) {
    const int code = errno;
    const bool absent = code == ENOENT || code == ENOTDIR;
    return Error{absent ? Fault::not_found : Fault::permission,
                 fmt::format("the file cannot be opened: {}", std::strerror(code)), file.string(),
                 absent ? "check its name" : "make it readable"};
  }
  return PackedFile(file, Handle(opened, [](gzFile_s* handle) { gzclose_r(handle); }));
}

Result<std::vector<std::uint8_t>> PackedFile::read(std::int64_t count) {
  std::vector<std::uint8_t> bytes;
  while (std::ssize(bytes) < count) {
    const std::int64_t wanted = std::min(piece, count - std::ssize(bytes));
    const std::size_t before = bytes.size();
    bytes.resize(before + static_cast<std::size_t>(wanted));
    const int got = gzread(handle_.get(), bytes.data() + before, static_cast<unsigned>(wanted));
    int code = Z_OK;
    const std::string why = gzerror(handle_.get(), &code);
    if (got < 0 || code == Z_BUF_ERROR || code == Z_DATA_ERROR) {
      const bool ours = code == Z_ERRNO;
      return Error{ours ? Fault::failed : Fault::bad_input,
                   ours ? "the file cannot be read" : "the gzip packing is damaged or cut off: " + why,
                   path_.string(), "fetch the file again"};
    }
    bytes.resize(before + static_cast<std::size_t>(got));
    if (got == 0) break;
  }
  return bytes;
}

}  // namespace forecost::training
