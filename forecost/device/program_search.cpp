// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/program_search.h"

#include <sstream>

#include <unistd.h>

namespace forecost::device {
namespace {

bool can_run(const std::filesystem::path& program) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(program, ignored) && access(program.c_str(), X_OK) == 0;
}

}  // namespace

Result<std::filesystem::path> find_program(const System& system, const SoughtProgram& sought) {
  if (const auto named = system.environment(sought.variable)) {
    if (can_run(*named)) return std::filesystem::path(*named);
    return Error{Fault::not_found, sought.variable + " names no program", *named,
                 "set it to the " + sought.name + " of a build, or unset it"};
  }
  std::error_code ignored;
  const auto beside = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / sought.name;
  if (can_run(beside)) return beside;
  std::istringstream folders(system.environment("PATH").value_or(""));
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (!folder.empty() && can_run(std::filesystem::path(folder) / sought.name)) {
      return std::filesystem::path(folder) / sought.name;
    }
  }
  return Error{Fault::not_found, sought.absent, beside.string(), sought.hint};
}

}  // namespace forecost::device
