// SPDX-License-Identifier: Apache-2.0
#include "app/session.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace forecost::app {
namespace {

std::size_t terminal_width(const device::System& system) {
  const std::string columns = system.environment("COLUMNS").value_or("");
  std::size_t width = 0;
  std::from_chars(columns.data(), columns.data() + columns.size(), width);
  winsize size{};
  if (width == 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) width = size.ws_col;
  return width == 0 ? 100 : std::clamp<std::size_t>(width, 40, 400);
}

Result<std::filesystem::path> home_folder(const GlobalOptions& options, const device::System& system) {
  if (!options.home.empty()) return std::filesystem::path(options.home);
  const auto set = [&](const char* name) { return system.environment(name).value_or(""); };
  if (const std::string own = set("FORECOST_HOME"); !own.empty()) return std::filesystem::path(own);
  if (const std::string data = set("XDG_DATA_HOME"); !data.empty())
    return std::filesystem::path(data) / "forecost";
  if (const std::string home = set("HOME"); !home.empty()) {
    return std::filesystem::path(home) / ".local" / "share" / "forecost";
  }
  return Error{Fault::not_found, "there is no folder to keep devices in", "HOME is not set",
               "name one with --home DIR or FORECOST_HOME"};
}

bool has_colours(const device::System& system) {
  return isatty(STDOUT_FILENO) != 0 && system.environment("NO_COLOR").value_or("").empty() &&
         system.environment("TERM").value_or("") != "dumb";
}

}  // namespace

Result<Session> open_session(const GlobalOptions& options, const std::vector<std::string>& arguments) {
  Session session;
  session.system = device::this_machine();
  FORECOST_TRY(session.home, home_folder(options, *session.system));
  FORECOST_TRY(session.style.format, report::parse_format(options.format));
  session.style.width = terminal_width(*session.system);
  session.style.colours = has_colours(*session.system);
  session.progress = isatty(STDERR_FILENO) != 0;
  session.command_line = fmt::format("{}", fmt::join(arguments, " "));
  return session;
}

Status print(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!written || std::fflush(stdout) != 0) {
    return Error{Fault::exhausted, fmt::format("the output cannot be written: {}", std::strerror(errno)),
                 "standard output", "check the disk or the program that reads it"};
  }
  return Done{};
}

Status print(const Session& session, const std::vector<report::Report>& reports) {
  return print(report::render(reports, session.style));
}

void complain(const Error& error) {
  const auto shown = [](const std::string& text) { return report::to_text(report::Value(text)); };
  const std::string where = error.where.empty() ? "" : fmt::format(" ({})", shown(error.where));
  fmt::print(stderr, "error: {}{}\n", shown(error.what), where);
  if (!error.hint.empty()) fmt::print(stderr, "  hint: {}\n", shown(error.hint));
}

Status last_of(const std::vector<Error>& errors) {
  if (errors.empty()) return Done{};
  for (std::size_t i = 0; i + 1 < errors.size(); ++i) complain(errors[i]);
  return errors.back();
}

}  // namespace forecost::app
