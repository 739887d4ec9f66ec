// SPDX-License-Identifier: Apache-2.0
/// Which runner a command measures with.
#pragma once

#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "app/devices.h"
#include "app/session.h"
#include "forecost/device/runner.h"

namespace forecost::app {

struct RunnerChoice {
  std::string name;  ///< empty: the best that is here
  std::string program;
  std::string provider;
  std::string precision;
  std::string longest = "5min";
};

/// Adds --runner, --program, --program-timeout, --provider, --precision.
void add_runner_options(CLI::App& command, RunnerChoice& choice);

/// Fails: as the runner's card; `bad_input` where an option belongs to another runner.
Result<std::unique_ptr<device::Runner>> open_runner(const Session& session, const RunnerChoice& choice,
                                                    const std::string& library);

/// The name of a device that the user did not name: "this-t2", and for other runners "torch-t2",
/// "torch-cuda-t2-bf16", "command-t4".
std::string default_device(const Session& session, const RunnerChoice& choice, const device::Runner& runner,
                           int threads);

/// Threads asked for, or all cores that the runner has.
int threads_or_all(const Session& session, const device::Runner& runner, int threads);

}  // namespace forecost::app
