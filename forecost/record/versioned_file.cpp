// SPDX-License-Identifier: Apache-2.0
#include "forecost/record/versioned_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace forecost::record {
namespace {

Error from_errno(const std::filesystem::path& file, int code) {
  Error error{Fault::failed, fmt::format("cannot write: {}", std::strerror(code)), file.string(),
              "check that the folder exists and its file system is healthy"};
  if (code == EACCES || code == EPERM || code == EROFS) {
    error.fault = Fault::permission;
    error.hint = "choose a folder that you may write to (--home)";
  } else if (code == ENOSPC || code == EDQUOT) {
    error.fault = Fault::exhausted;
    error.hint = "free some disk space and try again";
  }
  return error;
}

/// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

/// Zero, or the errno of what failed.
int write_all(const std::filesystem::path& file, std::string_view text) {
  const Descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (out.number() < 0) return errno;
  while (!text.empty()) {
    const ssize_t written = ::write(out.number(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(out.number()) == 0 ? 0 : errno;
}

}  // namespace

Status write_versioned(const std::filesystem::path& file, const FileKind& kind, nlohmann::json content) {
  FORECOST_EXPECTS(content.is_object(), "a versioned file holds an object");
  content["format"] = kind.format;
  content["version"] = kind.version;
  std::error_code failed;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), failed);
  const std::filesystem::path neighbour = file.string() + fmt::format(".{}.part", ::getpid());
  const std::string text = content.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (const int code = write_all(neighbour, text); code != 0) {
    std::filesystem::remove(neighbour, failed);
    return from_errno(file, code);
  }
  std::filesystem::rename(neighbour, file, failed);
  if (failed) {
    const int code = failed.value();
    std::filesystem::remove(neighbour, failed);
    return from_errno(file, code);
  }
  return Done{};
}

Result<nlohmann::json> read_versioned(const std::filesystem::path& file, const FileKind& kind) {
  const std::string remake = fmt::format("make a new one: {}", kind.remake);
  std::error_code failed;
  if (!std::filesystem::exists(file, failed)) {
    return Error{Fault::not_found, "no such file", file.string(), remake};
  }
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream || std::filesystem::is_directory(file, failed)) {
    return Error{Fault::permission, "cannot be read", file.string(), "check the file's permissions"};
  }
  nlohmann::json content = nlohmann::json::parse(text.str(), nullptr, false);
  const auto format = content.is_object() ? content.find("format") : content.end();
  if (!content.is_object() || format == content.end() || !format->is_string() || *format != kind.format) {
    return Error{Fault::bad_input, fmt::format("not a {} file", kind.format), file.string(), remake};
  }
  const auto version = content.find("version");
  if (version == content.end() || !version->is_number_integer()) {
    return Error{Fault::bad_input, "the file states no version", file.string(), remake};
  }
  if (*version != kind.version) {
    return Error{Fault::unsupported,
                 fmt::format("{} version {}, this build reads version {}", kind.format,
                             version->get<std::int64_t>(), kind.version),
                 file.string(), remake};
  }
  return content;
}

}  // namespace forecost::record
