// SPDX-License-Identifier: Apache-2.0
#include "kept_runs.h"

#include <fstream>
#include <numeric>
#include <utility>

#include <nlohmann/json.hpp>

namespace forecost::studies {
namespace {

using nlohmann::json;

json to_json(const RunKey& key) {
  return {{"problem", key.problem}, {"sampler", key.sampler}, {"seed", key.seed},
          {"trials", key.trials},   {"version", key.version}, {"mark", key.mark}};
}

/// The text of a line's key; nothing where it is not a run.
std::optional<std::string> key_text(const json& line) {
  json key;
  for (const char* name : {"problem", "sampler", "seed", "trials", "version", "mark"}) {
    if (!line.is_object() || !line.contains(name)) return std::nullopt;
    key[name] = line[name];
  }
  return key.dump();
}

}  // namespace

double RivalRun::total() const {
  return std::accumulate(seconds.begin(), seconds.end(), 0.0);
}

KeptRuns::KeptRuns(std::filesystem::path file) : file_(std::move(file)) {
  std::ifstream stream(file_);
  for (std::string line; std::getline(stream, line);) {
    const json value = json::parse(line, nullptr, false);
    if (auto key = key_text(value)) lines_[*std::move(key)] = std::move(line);
  }
}

std::optional<RivalRun> KeptRuns::find(const RunKey& key, const search::Space& space) const {
  const std::scoped_lock lock(guard_);
  const auto found = lines_.find(to_json(key).dump());
  if (found == lines_.end()) return std::nullopt;
  const json line = json::parse(found->second);
  RivalRun run;
  run.seconds = line.value("seconds", std::vector<double>());
  for (const json& item : line.value("designs", json::array())) {
    auto design = space.from_json(item);
    if (!design) return std::nullopt;
    run.designs.push_back(*std::move(design));
  }
  if (run.seconds.size() != run.designs.size()) return std::nullopt;
  return run;
}

void KeptRuns::add(const RunKey& key, const RivalRun& run, const search::Space& space) {
  json line = to_json(key);
  line["seconds"] = run.seconds;
  line["designs"] = json::array();
  for (const search::Design& design : run.designs) line["designs"].push_back(space.to_json(design));
  const std::string text = line.dump();
  const std::scoped_lock lock(guard_);
  lines_[to_json(key).dump()] = text;
  if (file_.empty()) return;
  std::filesystem::create_directories(file_.parent_path());
  std::ofstream(file_, std::ios::app) << text + '\n';
}

}  // namespace forecost::studies
