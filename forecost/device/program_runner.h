// SPDX-License-Identifier: Apache-2.0
/// A runner that is a program: one process per question, JSON lines both ways.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "forecost/device/runner.h"

namespace forecost::device {

struct ProgramOptions {
  std::vector<std::string> words;  ///< program and arguments; a single word is run by /bin/sh
  std::string provider;            ///< sent with every question
  Seconds longest{300};            ///< of one answer
};

/// Asks the program who it is. Fails: as the program fails (docs/formats/runner.md): it cannot be started, it
/// ends early, it says nothing for too long, its lines are none of ours; `unsupported` where the version is
/// another one or its runtime is none whose lowering is known. `system` must outlive the result.
Result<std::unique_ptr<Runner>> open_program(const System& system, ProgramOptions options);

}  // namespace forecost::device
