// SPDX-License-Identifier: Apache-2.0
#include "known_timeloop.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <regex>
#include <sstream>

#include "forecost/device/system.h"
#include "known_files.h"

namespace forecost::studies {
namespace {

using accelerator::all_tensors;
using accelerator::Dim;
using accelerator::index_of;
using accelerator::Loop;
using accelerator::Tensor;

constexpr std::string_view letters = "NMCPQRS";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The number behind "key :" in a line of statistics, without its unit.
bool read_number(const std::string& line, const std::string& key, double& value) {
  const std::size_t at = line.find(key);
  if (at == std::string::npos || line.find_first_not_of(' ') != at) return false;
  const std::size_t colon = line.find(':', at + key.size());
  if (colon == std::string::npos) return false;
  if (line.find_first_not_of(' ', at + key.size()) != colon) return false;
  char* end = nullptr;
  const double number = std::strtod(line.c_str() + colon + 1, &end);
  if (end == line.c_str() + colon + 1) return false;
  value = number;
  return true;
}

std::string_view title_of(Tensor tensor) {
  constexpr std::array<std::string_view, accelerator::tensor_count> titles = {"Weights", "Inputs", "Outputs"};
  return titles[index_of(tensor)];
}

void read_problem(const std::string& text, TimeloopCase& into) {
  const std::regex entry(R"(^ +(\w+): (\d+)$)");
  bool inside = false;
  for (const std::string& line : lines_of(text)) {
    if (line.rfind("problem:", 0) == 0) inside = true;
    std::smatch match;
    if (!inside || !std::regex_match(line, match, entry)) continue;
    const std::string key = match[1];
    const std::int64_t number = std::stoll(match[2]);
    const std::size_t at = key.size() == 1 ? letters.find(key[0]) : std::string::npos;
    if (at != std::string::npos) into.work.extent[at] = number;
    if (key == "Wstride") into.work.stride_p = number;
    if (key == "Hstride") into.work.stride_q = number;
  }
}

void read_mapping(const std::string& text, TimeloopCase& into) {
  const std::regex loop(R"(^\| *for (\w) in \[0:(\d+)\)( \(Spatial-.\))?.*$)");
  const std::regex memory(R"(^(\w+) \[ (.*)\].*$)");
  for (const std::string& line : lines_of(text)) {
    std::smatch match;
    if (std::regex_match(line, match, loop)) {
      const std::size_t at = letters.find(match[1].str());
      into.nest.loops.push_back({static_cast<Dim>(at), std::stoll(match[2]), match[3].matched});
    } else if (std::regex_match(line, match, memory) && match[2].length() > 0) {
      TimeloopMemory next;
      next.name = match[1];
      for (const Tensor tensor : all_tensors) {
        next.keeps[index_of(tensor)] = match[2].str().find(title_of(tensor)) != std::string::npos;
      }
      into.nest.start.push_back(into.nest.loops.size());
      into.memories.push_back(next);
    }
  }
}

void read_energies(const std::string& text, TimeloopCase& into) {
  const std::regex component(R"(^ *- name: \w+\.(\w+)\[.*$)");
  const std::regex action(R"(^ *- name: (\w+)$)");
  const std::regex energy(R"(^ *energy: ([0-9.e+-]+)$)");
  std::string where, what;
  for (const std::string& line : lines_of(text)) {
    std::smatch match;
    if (std::regex_match(line, match, component))
      where = match[1];
    else if (std::regex_match(line, match, action))
      what = match[1];
    if (!std::regex_match(line, match, energy)) continue;
    const double pj = std::stod(match[1]);
    if (where == "mac" && what == "compute") into.mac_pj = pj;
    for (TimeloopMemory& memory : into.memories) {
      if (memory.name != where) continue;
      if (what == "read") memory.read_pj = pj;
      if (what == "write") memory.write_pj = pj;
      if (what == "update") memory.update_pj = pj;
      if (what == "leak") memory.leak_pj = pj;
    }
  }
}

void read_use(const std::string& line, TimeloopUse& use) {
  read_number(line, "Scalar reads (per-instance)", use.reads);
  read_number(line, "Scalar fills (per-instance)", use.fills);
  read_number(line, "Scalar updates (per-instance)", use.updates);
  read_number(line, "Utilized instances (max)", use.copies);
  read_number(line, "Energy (total)", use.energy_pj);
}

void read_statistics(const std::string& text, TimeloopCase& into) {
  TimeloopMemory* memory = nullptr;
  TimeloopUse* use = nullptr;
  bool arithmetic = false;
  for (const std::string& line : lines_of(text)) {
    if (line.rfind("=== ", 0) == 0) {
      const std::string name = line.substr(4, line.size() - 8);
      const auto found = std::find_if(into.memories.begin(), into.memories.end(),
                                      [&](const TimeloopMemory& one) { return one.name == name; });
      memory = found == into.memories.end() ? nullptr : &*found;
      arithmetic = name == "mac";
      use = nullptr;
    }
    for (const Tensor tensor : all_tensors) {
      if (memory != nullptr && line == "    " + std::string(title_of(tensor)) + ":") {
        use = &memory->use[index_of(tensor)];
      }
    }
    if (use != nullptr) read_use(line, *use);
    if (memory != nullptr) {
      read_number(line, "Block size", memory->words_per_access);
      read_number(line, "Cluster size", memory->cluster);
      read_number(line, "Instances", memory->copies);
    }
    if (arithmetic) read_number(line, "Energy (total)", into.mac_energy_pj);
    if (line.rfind("Cycles: ", 0) == 0) into.cycles = std::stod(line.substr(8));
    if (line.rfind("Energy: ", 0) == 0) into.total_energy_uj = std::stod(line.substr(8));
  }
}

Result<TimeloopCase> read_case(const std::string& name, const std::filesystem::path& folder) {
  const auto system = device::this_machine();
  TimeloopCase result;
  result.name = name;
  FORECOST_TRY(const std::string problem, system->read_text(folder / "parsed-processed-input.yaml"));
  FORECOST_TRY(const std::string mapping, system->read_text(folder / "timeloop-mapper.map.txt"));
  FORECOST_TRY(const std::string energies, system->read_text(folder / "timeloop-mapper.ERT.yaml"));
  FORECOST_TRY(const std::string statistics, system->read_text(folder / "timeloop-mapper.stats.txt"));
  read_problem(problem, result);
  read_mapping(mapping, result);
  read_energies(energies, result);
  read_statistics(statistics, result);
  if (result.memories.size() < 2 || !(result.cycles > 0)) {
    return Error{Fault::bad_input, "no mapping or no cycles in Timeloop's output", folder.string(),
                 "the files are those of timeloop-accelergy-exercises"};
  }
  return result;
}

double gap(double ours, double theirs) {
  if (ours == theirs) return 0;
  return std::abs(ours - theirs) / std::max(std::abs(theirs), 1e-9);
}

accelerator::Traffic traffic_of(const TimeloopCase& reference) {
  std::vector<accelerator::Keeps> keeps;
  for (const TimeloopMemory& memory : reference.memories) keeps.push_back(memory.keeps);
  return accelerator::traffic_of(reference.work, reference.nest, keeps);
}

/// A cluster of copies is accessed as one: each in use takes its share of the access.
double sharing(const TimeloopMemory& memory, double copies) {
  if (memory.cluster <= 1) return 1;
  return copies / (memory.copies / memory.cluster);
}

/// Accesses take blocks of words; the last block of a copy's words counts whole.
double energy_pj(const TimeloopMemory& memory, const accelerator::Use& use, double copies) {
  const auto blocks = [&](double words) {
    return copies * std::ceil(words / copies / memory.words_per_access);
  };
  return (blocks(use.reads) * memory.read_pj + blocks(use.fills) * memory.write_pj +
          blocks(use.updates) * memory.update_pj) /
         sharing(memory, copies);
}

}  // namespace

Result<std::vector<TimeloopCase>> timeloop_cases() {
  const std::map<std::string, std::string> folders = {
      {"eyeriss_vgg", "06-mapper-convlayer-eyeriss/ref-output"},
      {"eyeriss", "eyeriss_like/ref_outputs/default_problem"},
      {"simba", "simba_like/ref_outputs/default_problem"}};
  std::vector<TimeloopCase> cases;
  for (const auto& [name, folder] : folders) {
    const auto there = data_file("simulators/timeloop_accelergy/" + folder);
    if (!there) continue;
    FORECOST_TRY(TimeloopCase one, read_case(name, *there));
    cases.push_back(std::move(one));
  }
  return cases;
}

std::vector<TimeloopGap> gaps_of(const TimeloopCase& reference) {
  const accelerator::Traffic traffic = traffic_of(reference);
  std::vector<TimeloopGap> gaps;
  for (std::size_t i = 0; i < reference.memories.size(); ++i) {
    const TimeloopMemory& memory = reference.memories[i];
    const auto copies = static_cast<double>(accelerator::copies_of(reference.nest, i));
    TimeloopGap worst;
    for (const Tensor tensor : all_tensors) {
      if (!memory.keeps[index_of(tensor)]) continue;
      const TimeloopUse& theirs = memory.use[index_of(tensor)];
      const accelerator::Use& ours = traffic.at(i, tensor);
      worst.counts = std::max({worst.counts, gap(ours.reads / copies, theirs.reads),
                               gap(ours.fills / copies, theirs.fills),
                               gap(ours.updates / copies, theirs.updates), gap(copies, theirs.copies)});
      worst.energy = std::max(worst.energy, gap(energy_pj(memory, ours, copies), theirs.energy_pj));
    }
    gaps.push_back(worst);
  }
  return gaps;
}

double total_energy_uj(const TimeloopCase& reference) {
  const accelerator::Traffic traffic = traffic_of(reference);
  double pj = reference.work.macs() * reference.mac_pj;
  for (std::size_t i = 0; i < reference.memories.size(); ++i) {
    const TimeloopMemory& memory = reference.memories[i];
    const auto copies = static_cast<double>(accelerator::copies_of(reference.nest, i));
    pj += memory.leak_pj * copies * traffic.steps;
    for (const Tensor tensor : all_tensors) pj += energy_pj(memory, traffic.at(i, tensor), copies);
  }
  return pj * 1e-6;
}

}  // namespace forecost::studies
