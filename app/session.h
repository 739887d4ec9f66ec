// SPDX-License-Identifier: Apache-2.0
/// What every command works with: the machine, the folder of calibrated devices, and how to print.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "forecost/device/system.h"
#include "forecost/outcome/outcome.h"
#include "forecost/report/report.h"

namespace forecost::app {

/// Options that stand before or after any command.
struct GlobalOptions {
  std::string home;  ///< empty: $FORECOST_HOME, else ~/.local/share/forecost
  std::string format = "table";
};

struct Session {
  std::unique_ptr<device::System> system;
  std::filesystem::path home;
  report::Style style;
  bool progress = false;     ///< stderr is a terminal
  std::string command_line;  ///< as typed, kept with what it produces
};

/// Reads the terminal and the environment: COLUMNS, NO_COLOR, FORECOST_HOME, XDG_DATA_HOME, HOME.
/// Fails: `not_found` when no home folder can be named.
Result<Session> open_session(const GlobalOptions& options, const std::vector<std::string>& arguments);

/// To standard output. Fails: `exhausted` when it cannot take all (a full disk behind a redirect).
Status print(const std::string& text);
Status print(const Session& session, const std::vector<report::Report>& reports);

/// "error: what (where)" and its hint, to standard error.
void complain(const Error& error);

/// How a command over many networks ends: good without errors; otherwise it complains about all but the last
/// and returns that one.
Status last_of(const std::vector<Error>& errors);

}  // namespace forecost::app
