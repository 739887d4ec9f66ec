// SPDX-License-Identifier: Apache-2.0
#include "forecost/network/writer.h"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "forecost/network/writer_model.h"
#include "forecost/network/writer_payload.h"

namespace forecost::network {
namespace {

Error write_error(int code, const std::filesystem::path& file) {
  const std::string reason = std::generic_category().message(code);
  switch (code) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return {Fault::exhausted, "the disk is full: " + reason, file.string(),
              "free some space or write elsewhere"};
    case EACCES:
    case EPERM:
    case EROFS:
      return {Fault::permission, "the file may not be written", file.string(),
              "check the rights of its folder or write elsewhere"};
    case ENOENT:
    case ENOTDIR:
      return {Fault::not_found, "the folder of the file does not exist", file.string(),
              "create it first: mkdir -p"};
    case EISDIR:
    case ENAMETOOLONG:
      return {Fault::bad_input, "no file can have this name: " + reason, file.string(),
              "choose another name"};
    default:
      return {Fault::failed, "the file cannot be written: " + reason, file.string(), "check the disk"};
  }
}

/// A file that becomes visible under its name only when it is complete; removed when it never is.
class Replacement {
 public:
  static Result<Replacement> begin(const std::filesystem::path& file) {
    std::error_code unknown;
    const auto present = std::filesystem::status(file, unknown).type();
    using std::filesystem::file_type;
    if (present != file_type::regular && present != file_type::not_found && present != file_type::none) {
      return Error{Fault::bad_input, "not a file that can be replaced", file.string(), "choose another name"};
    }
    for (int attempt = 0; attempt < 100; ++attempt) {
      const std::string name = fmt::format("{}.{}-{}.tmp", file.string(), ::getpid(), attempt);
      const int handle = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (handle >= 0) return Replacement(file, name, handle);
      if (errno != EEXIST) return write_error(errno, file);
    }
    return Error{Fault::failed, "100 temporary files are in the way", file.string(),
                 "remove the .tmp files beside it"};
  }

  Replacement(Replacement&& other) noexcept
      : file_(std::move(other.file_)),
        name_(std::move(other.name_)),
        handle_(std::exchange(other.handle_, -1)) {}
  Replacement& operator=(Replacement&&) = delete;
  ~Replacement() {
    if (handle_ < 0) return;
    ::close(handle_);
    ::unlink(name_.c_str());
  }

  /// Small pieces are gathered first.
  Status write(std::string_view bytes) {
    if (pending_.size() + bytes.size() < gathered_bytes) {
      pending_ += bytes;
      return Done{};
    }
    FORECOST_TRY([[maybe_unused]] const Done done, put(std::exchange(pending_, {})));
    return put(bytes);
  }

  Status finish() {
    FORECOST_TRY([[maybe_unused]] const Done done, put(pending_));
    if (::fsync(handle_) != 0) return write_error(errno, file_);
    if (::rename(name_.c_str(), file_.c_str()) != 0) return write_error(errno, file_);
    ::close(std::exchange(handle_, -1));
    return Done{};
  }

 private:
  static constexpr std::size_t gathered_bytes = std::size_t{1} << 18;

  Status put(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::write(handle_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return write_error(errno, file_);
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return Done{};
  }

  Replacement(std::filesystem::path file, std::string name, int handle)
      : file_(std::move(file)), name_(std::move(name)), handle_(handle) {}
  std::filesystem::path file_;
  std::string name_;
  std::string pending_;
  int handle_;
};

Status write_parts(const std::vector<Part>& parts, const Sink& sink) {
  for (const Part& part : parts) {
    FORECOST_TRY([[maybe_unused]] const Done head, sink(part.bytes));
    if (!part.tensor) continue;
    FORECOST_TRY([[maybe_unused]] const Done payload, write_payload(*part.tensor, sink));
  }
  return Done{};
}

}  // namespace

Status write(const Network& network, const std::filesystem::path& file, Payload payload) {
  FORECOST_TRY(const std::vector<Part> parts, lay_out(network, payload));
  FORECOST_TRY(Replacement replacement, Replacement::begin(file));
  FORECOST_TRY(
      [[maybe_unused]] const Done written,
      write_parts(parts, [&replacement](std::string_view bytes) { return replacement.write(bytes); }));
  return replacement.finish();
}

Result<std::string> serialise(const Network& network, Payload payload) {
  FORECOST_TRY(const std::vector<Part> parts, lay_out(network, payload));
  std::size_t size = 0;
  for (const Part& part : parts) size += size_of(part);
  std::string model;
  model.reserve(size);
  FORECOST_TRY([[maybe_unused]] const Done done,
               write_parts(parts, [&model](std::string_view bytes) -> Status {
                 model += bytes;
                 return Done{};
               }));
  return model;
}

}  // namespace forecost::network
