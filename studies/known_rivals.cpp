// SPDX-License-Identifier: Apache-2.0
#include "known_rivals.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "settings.h"

namespace forecost::studies {
namespace {

using nlohmann::json;

using Pipe = std::unique_ptr<FILE, int (*)(FILE*)>;

/// Calls `take` for every line that a command prints; one without an end is dropped.
void for_each_line(const std::string& command, const std::function<void(const std::string&)>& take) {
  const Pipe pipe(popen(command.c_str(), "r"), pclose);
  if (!pipe) return;
  std::string rest;
  char part[4096];
  while (std::fgets(part, sizeof part, pipe.get()) != nullptr) {
    rest += part;
    if (rest.back() != '\n') continue;
    rest.pop_back();
    take(rest);
    rest.clear();
  }
}

std::string runner_of(const std::string& sampler) {
  return fmt::format(
      "OMP_NUM_THREADS=1 '{}/venv-rivals/bin/python' -W ignore '{}/studies/rivals/{}_runner.py'",
      FORECOST_BUILD_DIR, FORECOST_SOURCE_DIR, sampler == "botorch" ? sampler : "optuna");
}

/// What a runner calls itself; empty where it does not run. Asked once.
std::string version_of(const std::string& sampler) {
  static std::map<std::string, std::string> known;
  const std::string runner = runner_of(sampler);
  const auto found = known.find(runner);
  if (found != known.end()) return found->second;
  std::string version;
  for_each_line(runner + " --version 2>/dev/null", [&](const std::string& line) { version = line; });
  return known[runner] = version;
}

/// Makes the runs of seeds first ... last.
void make_runs(const RunKey& key, std::uint64_t first, std::uint64_t last, const search::Space& space,
               KeptRuns& kept) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  RunKey now = key;
  now.seed = first;
  RivalRun run;
  for_each_line(fmt::format("{} '{}' {} {} {} {} {} 2>/dev/null", runner_of(key.sampler), self, key.problem,
                            key.sampler, first, last, key.trials),
                [&](const std::string& line) {
                  const json value = json::parse(line);
                  if (value.is_array()) {
                    run.seconds = value.get<std::vector<double>>();
                    kept.add(now, std::exchange(run, {}), space);
                    ++now.seed;
                    return;
                  }
                  auto design = space.from_json(value);
                  if (design) run.designs.push_back(*std::move(design));
                });
}

using Range = std::pair<std::uint64_t, std::uint64_t>;

/// Seeds of the task that are not kept, in at least `processes` ranges where there are as many.
std::vector<Range> missing(const RunKey& key, std::uint64_t seeds, const search::Space& space,
                           const KeptRuns& kept, std::size_t processes) {
  const std::uint64_t longest = (seeds + processes - 1) / processes;
  std::vector<Range> ranges;
  RunKey one = key;
  for (one.seed = 1; one.seed <= seeds; ++one.seed) {
    if (kept.find(one, space)) continue;
    const bool goes_on =
        !ranges.empty() && ranges.back().second + 1 == one.seed && one.seed - ranges.back().first < longest;
    if (goes_on) {
      ranges.back().second = one.seed;
    } else {
      ranges.emplace_back(one.seed, one.seed);
    }
  }
  return ranges;
}

}  // namespace

std::vector<RivalRun> run_rivals(const RivalTask& task, const search::Space& space, KeptRuns& kept,
                                 const RivalRule& rule) {
  RunKey key{.problem = task.problem,
             .sampler = task.sampler,
             .version = version_of(task.sampler),
             .mark = task.mark,
             .trials = task.trials};
  const std::size_t processes =
      rule.processes > 0 ? rule.processes : std::max(1U, std::thread::hardware_concurrency());
  if (!rule.kept_only && !key.version.empty()) {
    const std::vector<Range> ranges = missing(key, task.seeds, space, kept, processes);
    std::atomic<std::size_t> next = 0;
    std::vector<std::future<void>> jobs;
    for (std::size_t i = 0; i < std::min(processes, ranges.size()); ++i) {
      jobs.push_back(std::async(std::launch::async, [&] {
        for (std::size_t r = next++; r < ranges.size(); r = next++)
          make_runs(key, ranges[r].first, ranges[r].second, space, kept);
      }));
    }
    for (auto& job : jobs) job.get();
  }
  std::vector<RivalRun> runs;
  for (key.seed = 1; key.seed <= task.seeds; ++key.seed) {
    if (auto run = kept.find(key, space)) runs.push_back(*std::move(run));
  }
  return runs;
}

RivalRule rival_rule() {
  return {.processes = std::stoull(setting("FORECOST_STUDY_WIDTH", "0")),
          .kept_only = setting("FORECOST_STUDY_RIVAL_RUNS", "") == "kept"};
}

std::filesystem::path file_of_rivals(const std::string& study) {
  return std::filesystem::path(FORECOST_BUILD_DIR) / "study" / "rivals" / (study + ".jsonl");
}

std::string rival_name(const std::string& sampler) {
  return sampler == "botorch" ? sampler : "optuna_" + sampler;
}

std::string description(const search::Problem& problem) {
  json parameters = json::array();
  for (const search::Parameter& p : problem.space.parameters()) {
    json item = {
        {"name", p.name}, {"low", p.low}, {"high", p.high}, {"log", p.log}, {"choices", json::array()}};
    for (const std::string& choice : p.choices) item["choices"].push_back(json::parse(choice));
    item["integer"] = p.kind == search::Parameter::Kind::integer;
    item["ordinal"] = p.kind == search::Parameter::Kind::ordinal;
    parameters.push_back(std::move(item));
  }
  json described{{"parameters", parameters}, {"objectives", json::array()}, {"limits", json::array()}};
  for (const search::Objective& objective : problem.objectives) {
    described["objectives"].push_back(objective.metric);
    if (objective.worst) described["worst"].push_back(*objective.worst);
  }
  for (const search::Limit& limit : problem.limits) described["limits"].push_back(limit.metric);
  return described.dump();
}

}  // namespace forecost::studies
