// SPDX-License-Identifier: Apache-2.0
/// Where the programs that belong to Forecost lie.
#pragma once

#include <filesystem>
#include <string>

#include "forecost/device/system.h"
#include "forecost/outcome/outcome.h"

namespace forecost::device {

struct SoughtProgram {
  std::string name;      ///< "forecost-trainer"
  std::string variable;  ///< environment variable that may name it
  std::string absent;    ///< what it means that there is none
  std::string hint;
};

/// What the variable names, else beside this program, else on $PATH. Fails: `not_found`.
Result<std::filesystem::path> find_program(const System& system, const SoughtProgram& sought);

}  // namespace forecost::device
