// SPDX-License-Identifier: Apache-2.0
/// A program that runs beside us: text in, lines out, always ended with its owner.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "forecost/outcome/outcome.h"

namespace forecost::device {

/// How a process ended.
struct Ending {
  int exit_code = 0;
  int signal = 0;  ///< 0: it ended by itself
};

class ChildProcess {
 public:
  /// Starts it as the leader of a process group; one word alone is run by /bin/sh. `input` becomes its
  /// standard input, then end of file. Fails: `failed`, `exhausted` when it cannot be started.
  static Result<ChildProcess> start(const std::vector<std::string>& words,
                                    const std::filesystem::path& folder, std::string_view input);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  /// Ends the whole process group.
  ~ChildProcess();

  /// Waits at most so long for output or the end; gives each whole line of standard output to `line`.
  /// Nothing while it runs.
  std::optional<Ending> wait(int milliseconds, const std::function<void(const std::string&)>& line);
  /// The last of what it wrote to standard error, one line.
  std::string last_words() const;

 private:
  ChildProcess(pid_t child, int out, int err) : child_(child), out_(out), err_(err) {}
  bool drain(int& from, std::string& into) const;
  void give_lines(const std::function<void(const std::string&)>& line, bool rest);

  pid_t child_ = -1;
  int out_ = -1;
  int err_ = -1;
  std::string text_;    ///< of standard output that is no whole line yet
  std::string errors_;  ///< tail of standard error
};

}  // namespace forecost::device
