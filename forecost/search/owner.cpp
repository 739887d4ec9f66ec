// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/owner.h"

#include <sstream>
#include <vector>

#include <fmt/format.h>

namespace forecost::search {
namespace {

std::string line_of(const device::System& system, const std::string& file) {
  const auto text = system.read_text(file);
  if (!text) return "";
  const std::size_t end = text->find('\n');
  return text->substr(0, end);
}

struct Process {
  std::string pid;
  std::string start;
  std::string state;
};

/// Fields 1, 3 and 22 of proc(5); the name between brackets may hold anything.
Process process_of(const device::System& system, const std::string& name) {
  const std::string text = line_of(system, "/proc/" + name + "/stat");
  const std::size_t bracket = text.rfind(')');
  if (bracket == std::string::npos) return {};
  Process process;
  process.pid = text.substr(0, text.find(' '));
  std::istringstream rest(text.substr(bracket + 1));
  std::string word;
  for (int field = 3; rest >> word; ++field) {
    if (field == 3) process.state = word;
    if (field == 22) process.start = word;
  }
  return process;
}

std::vector<std::string> parts_of(const std::string& owner) {
  std::vector<std::string> parts;
  std::istringstream stream(owner);
  for (std::string part; std::getline(stream, part, '/');) parts.push_back(part);
  return parts;
}

}  // namespace

std::string this_owner(const device::System& system) {
  const Process self = process_of(system, "self");
  return fmt::format("{}/{}/{}/{}", line_of(system, "/proc/sys/kernel/hostname"),
                     line_of(system, "/proc/sys/kernel/random/boot_id"), self.pid, self.start);
}

bool is_gone(const std::string& owner, const std::string& self, const device::System& system) {
  const std::vector<std::string> theirs = parts_of(owner);
  const std::vector<std::string> ours = parts_of(self);
  if (theirs.size() != 4 || ours.size() != 4 || theirs[0] != ours[0]) return false;
  if (theirs[1] != ours[1]) return true;  // the machine was started anew since
  const Process process = process_of(system, theirs[2]);
  return process.start != theirs[3] || process.state == "Z";
}

}  // namespace forecost::search
