// SPDX-License-Identifier: Apache-2.0
#include "known_rivals.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>

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

/// Seeds first ... last, as many as went well.
std::vector<RivalRun> runs_of(const RivalTask& task, const search::Space& space, std::uint64_t first,
                              std::uint64_t last) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  const auto lines = lines_of(fmt::format(
      "OMP_NUM_THREADS=1 '{}/venv-rivals/bin/python' '{}/studies/rivals/optuna_runner.py' '{}' {} {} {} {} "
      "{} "
      "2>/dev/null",
      FORECOST_BUILD_DIR, FORECOST_SOURCE_DIR, self, task.problem, task.sampler, first, last, task.trials));
  std::vector<RivalRun> runs;
  if (!lines) return runs;
  RivalRun run;
  for (const std::string& line : *lines) {
    const json value = json::parse(line);
    if (value.is_number()) {
      run.seconds = value.get<double>();
      runs.push_back(std::exchange(run, {}));
      continue;
    }
    auto design = space.from_json(value);
    if (!design) return runs;
    run.designs.push_back(*std::move(design));
  }
  return runs;
}

}  // namespace

std::vector<RivalRun> run_rivals(const RivalTask& task, const search::Space& space) {
  const std::uint64_t wide =
      std::max<std::uint64_t>(1, std::min<std::uint64_t>(std::thread::hardware_concurrency(), task.seeds));
  std::vector<std::future<std::vector<RivalRun>>> jobs;
  for (std::uint64_t i = 0; i < wide; ++i) {
    const std::uint64_t first = 1 + i * task.seeds / wide;
    const std::uint64_t last = (i + 1) * task.seeds / wide;
    jobs.push_back(std::async(std::launch::async,
                              [&task, &space, first, last] { return runs_of(task, space, first, last); }));
  }
  std::vector<RivalRun> runs;
  for (auto& job : jobs) {
    for (RivalRun& run : job.get()) runs.push_back(std::move(run));
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
