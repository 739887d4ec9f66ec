// SPDX-License-Identifier: Apache-2.0
/// A PostgreSQL server of a test's own, in a temporary folder, reached through a socket there. A process
/// beside it ends the server by its id where the test dies without a word.
#pragma once

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/search/temporary.h"

namespace forecost::search::tests {

class PostgresqlServer {
 public:
  /// Nothing where PostgreSQL is not installed or this user cannot start it.
  static std::optional<std::string> programs() {
    const std::filesystem::path root = "/usr/lib/postgresql";
    if (!std::filesystem::is_directory(root)) return std::nullopt;
    for (const auto& version : std::filesystem::directory_iterator(root)) {
      if (std::filesystem::exists(version.path() / "bin" / "initdb"))
        return (version.path() / "bin").string();
    }
    return std::nullopt;
  }

  PostgresqlServer() : bin_(*programs()), folder_(place_.path() / "pg") {
    std::filesystem::create_directory(folder_);
    // The server refuses to run as root; Debian's package makes this user.
    if (geteuid() == 0) {
      prefix_ = "runuser -u postgres -- ";
      std::filesystem::permissions(place_.path(), std::filesystem::perms::all);
      std::filesystem::permissions(folder_, std::filesystem::perms::all);
    }
    watch();
    run(bin_ + "/initdb -D " + data() + " -U forecost -A trust --no-sync");
    start();
  }
  ~PostgresqlServer() {
    stop();
    close(leash_);
    waitpid(watcher_, nullptr, 0);
  }
  PostgresqlServer(const PostgresqlServer&) = delete;
  PostgresqlServer& operator=(const PostgresqlServer&) = delete;

  bool start() {
    return run(bin_ + "/pg_ctl -D " + data() + " -w -l " + data() + "/log -o \"-k " + folder_.string() +
               " -c listen_addresses= -c fsync=off\" start");
  }
  bool stop() { return run(bin_ + "/pg_ctl -D " + data() + " -w -m immediate stop"); }

  std::string address() const { return "postgresql://forecost@/postgres?host=" + folder_.string(); }

 private:
  std::string data() const { return (folder_ / "data").string(); }
  /// Forks what waits for the other end of a pipe to close.
  void watch() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return;
    leash_ = ends[1];
    watcher_ = fork();
    if (watcher_ != 0) {
      close(ends[0]);
      return;
    }
    close(ends[1]);
    setsid();
    char nothing = 0;
    while (read(ends[0], &nothing, 1) < 0 && errno == EINTR) {
    }
    pid_t server = 0;
    if (std::ifstream(data() + "/postmaster.pid") >> server && server > 0) kill(server, SIGQUIT);
    _exit(0);
  }
  bool run(const std::string& command) const {
    const std::string quiet = "cd / && " + prefix_ + command + " >/dev/null 2>&1 </dev/null";
    return std::system(quiet.c_str()) == 0;
  }

  Temporary place_;
  std::string bin_;
  std::filesystem::path folder_;
  std::string prefix_;
  int leash_ = -1;
  pid_t watcher_ = -1;
};

}  // namespace forecost::search::tests
