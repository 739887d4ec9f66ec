// SPDX-License-Identifier: Apache-2.0
#include "known_rivals.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <future>
#include <memory>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace forecost::studies {
namespace {

using nlohmann::json;

/// Lines that a command prints; nothing when it fails.
std::optional<std::vector<std::string>> lines_of(const std::string& command) {
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  if (!pipe) return std::nullopt;
  std::string text;
  char part[4096];
  while (const std::size_t count = std::fread(part, 1, sizeof part, pipe.get())) text.append(part, count);
  if (pclose(pipe.release()) != 0) return std::nullopt;
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

std::optional<RivalRun> run_rival(const RivalTask& task, const search::Space& space) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  const auto lines = lines_of(fmt::format(
      "OMP_NUM_THREADS=1 '{}/venv-rivals/bin/python' '{}/studies/rivals/optuna_runner.py' '{}' {} {} {} {} "
      "2>/dev/null",
      FORECOST_BUILD_DIR, FORECOST_SOURCE_DIR, self, task.problem, task.sampler, task.seed, task.trials));
  if (!lines || lines->empty()) return std::nullopt;
  RivalRun run;
  for (std::size_t i = 0; i + 1 < lines->size(); ++i) {
    auto design = space.from_json(json::parse((*lines)[i]));
    if (!design) return std::nullopt;
    run.designs.push_back(*std::move(design));
  }
  run.seconds = std::stod(lines->back());
  return run;
}

std::vector<RivalRun> run_rivals(RivalTask task, const search::Space& space, std::uint64_t seeds) {
  const std::uint64_t wide = std::max(1U, std::thread::hardware_concurrency());
  std::vector<RivalRun> runs;
  for (std::uint64_t first = 1; first <= seeds && runs.size() + 1 >= first; first += wide) {
    std::vector<std::future<std::optional<RivalRun>>> jobs;
    for (task.seed = first; task.seed < std::min(first + wide, seeds + 1); ++task.seed)
      jobs.push_back(std::async(std::launch::async, [task, &space] { return run_rival(task, space); }));
    for (auto& job : jobs) {
      if (auto run = job.get()) runs.push_back(*std::move(run));
    }
  }
  return runs;
}

std::string description(const search::Space& space, const std::vector<std::string>& objectives,
                        const std::vector<std::string>& limits) {
  json parameters = json::array();
  for (const search::Parameter& p : space.parameters()) {
    json item = {
        {"name", p.name}, {"low", p.low}, {"high", p.high}, {"log", p.log}, {"choices", json::array()}};
    for (const std::string& choice : p.choices) item["choices"].push_back(json::parse(choice));
    item["integer"] = p.kind == search::Parameter::Kind::integer;
    item["ordinal"] = p.kind == search::Parameter::Kind::ordinal;
    parameters.push_back(std::move(item));
  }
  return json{{"parameters", parameters}, {"objectives", objectives}, {"limits", limits}}.dump();
}

}  // namespace forecost::studies
