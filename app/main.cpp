// SPDX-License-Identifier: Apache-2.0
#include <exception>

#include <fmt/format.h>

#include "app/command.h"

namespace {

constexpr int good = 0;
constexpr int work_failed = 1;
constexpr int wrong_usage = 2;

int run(int argc, char** argv) {
  using namespace forecost;
  CLI::App program("Forecost predicts what a neural network costs on a device before it is run.", "forecost");
  app::Invocation invocation;
  program.set_version_flag("--version", std::string("forecost ") + FORECOST_VERSION);
  program.require_subcommand(1);
  program.fallthrough();
  program.add_option("--home", invocation.global.home, "Folder of devices and measurements")
      ->type_name("DIR");
  program.add_option("--format", invocation.global.format, "table, json, csv or markdown")
      ->check(CLI::IsMember({"table", "json", "csv", "markdown"}))
      ->type_name("FORMAT");
  app::add_commands(program, invocation);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& stop) {
    if (stop.get_exit_code() == 0) return program.exit(stop);
    app::complain(
        {Fault::bad_input, stop.what(), "command line", "forecost --help, or forecost COMMAND --help"});
    return wrong_usage;
  }
  const Result<app::Session> session = app::open_session(invocation.global, {argv, argv + argc});
  const Status status = session ? invocation.run(*session) : Status(session.error());
  if (status) return good;
  app::complain(status.error());
  return work_failed;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& defect) {
    fmt::print(stderr, "error: {}\n  hint: this is a defect of forecost, please report it\n", defect.what());
    return work_failed;
  }
}
