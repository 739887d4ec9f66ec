// SPDX-License-Identifier: Apache-2.0
/// The commands. Each adds itself and its options to the program and, when it is the one typed, sets `run`.
#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include "app/session.h"

namespace forecost::app {

/// What was asked for on the command line.
struct Invocation {
  GlobalOptions global;
  std::function<Status(const Session&)> run;
};

/// All of them, in the order of the pipeline.
void add_commands(CLI::App& program, Invocation& invocation);

// One function per file of commands/.
void add_inspect(CLI::App& program, Invocation& invocation);
void add_zoo(CLI::App& program, Invocation& invocation);
void add_predict(CLI::App& program, Invocation& invocation);
void add_calibrate(CLI::App& program, Invocation& invocation);
void add_measure(CLI::App& program, Invocation& invocation);
void add_import(CLI::App& program, Invocation& invocation);
void add_fit(CLI::App& program, Invocation& invocation);
void add_compare_families(CLI::App& program, Invocation& invocation);
void add_transfer(CLI::App& program, Invocation& invocation);
void add_devices(CLI::App& program, Invocation& invocation);
void add_search(CLI::App& program, Invocation& invocation);
void add_study(CLI::App& program, Invocation& invocation);
void add_compress(CLI::App& program, Invocation& invocation);
void add_cascade(CLI::App& program, Invocation& invocation);
void add_split(CLI::App& program, Invocation& invocation);
void add_list(CLI::App& program, Invocation& invocation);

/// Lines that follow the options in --help.
std::string examples(const std::vector<std::string>& lines);

}  // namespace forecost::app
