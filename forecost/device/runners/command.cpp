// SPDX-License-Identifier: Apache-2.0
// A program of the user's: a board over ssh, a phone over adb, a simulator.
#include "forecost/device/program_runner.h"

namespace forecost::device::runners {
namespace {

Result<std::unique_ptr<Runner>> open_command(const System& system, const RunnerOptions& options) {
  if (options.program.empty()) {
    return Error{Fault::not_found, "no program was named", "--runner command",
                 "--program 'ssh board ./bench.py'; docs/formats/runner.md says what it reads and writes"};
  }
  return open_program(system, {{options.program}, options.provider, options.longest});
}

}  // namespace

RunnerCard command();  // named by the list

RunnerCard command() {
  return {"command", "any program that answers in JSON lines: a board over ssh, a phone over adb",
          open_command};
}

}  // namespace forecost::device::runners
