// SPDX-License-Identifier: Apache-2.0
#include "forecost/network/file_map.h"

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace forecost::network {
namespace {

Error open_error(int code, const std::filesystem::path& file) {
  const std::string reason = std::generic_category().message(code);
  switch (code) {
    case ENOENT:
    case ENOTDIR:
      return {Fault::not_found, "there is no such file", file.string(), "check the path"};
    case EACCES:
    case EPERM:
      return {Fault::permission, "the file may not be read", file.string(), "check its rights: chmod u+r"};
    case ENAMETOOLONG:
      return {Fault::bad_input, "the path is too long", file.string(), "use a shorter path"};
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return {Fault::exhausted, "the file cannot be opened: " + reason, file.string(),
              "close other files and try again"};
    default:
      return {Fault::failed, "the file cannot be opened: " + reason, file.string(), "check the disk"};
  }
}

}  // namespace

Result<FileMap> FileMap::open(const std::filesystem::path& file) {
  const int handle = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (handle < 0) return open_error(errno, file);
  struct stat facts {};
  const int failed = ::fstat(handle, &facts) == 0 ? 0 : errno;
  if (failed != 0 || !S_ISREG(facts.st_mode)) {
    ::close(handle);
    if (failed != 0) return open_error(failed, file);
    return Error{Fault::bad_input, "not a file", file.string(),
                 "name one ONNX file, not a folder or a device"};
  }
  const auto size = static_cast<std::size_t>(facts.st_size);
  void* start = size == 0 ? nullptr : ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, handle, 0);
  const int refused = start == MAP_FAILED ? errno : 0;
  ::close(handle);
  if (refused != 0) return open_error(refused, file);
  if (start) ::madvise(start, size, MADV_RANDOM);
  return FileMap(start, size);
}

FileMap::FileMap(FileMap&& other) noexcept
    : start_(std::exchange(other.start_, nullptr)), size_(std::exchange(other.size_, 0)) {}

FileMap& FileMap::operator=(FileMap&& other) noexcept {
  std::swap(start_, other.start_);
  std::swap(size_, other.size_);
  return *this;
}

void FileMap::release(std::string_view part) const {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto first = (reinterpret_cast<std::uintptr_t>(part.data()) + page - 1) / page * page;
  const auto last = reinterpret_cast<std::uintptr_t>(part.data() + part.size()) / page * page;
  if (last <= first) return;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): addresses are rounded to pages
  ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

FileMap::~FileMap() {
  if (start_) ::munmap(start_, size_);
}

}  // namespace forecost::network
