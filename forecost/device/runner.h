// SPDX-License-Identifier: Apache-2.0
/// Executes networks on a device. One file in runners/, one line in runners.txt, one test.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/device/device.h"
#include "forecost/network/network.h"
#include "forecost/outcome/outcome.h"

namespace forecost::device {

/// Time of one node in one profiled run.
struct NodeTime {
  std::string node;  ///< node name in the optimised graph
  std::string op;
  Seconds time;
};

/// What a session showed of itself: the runtime's optimised graph (payloads left out) and the node times of
/// each run.
struct Study {
  network::Network graph;
  std::vector<std::vector<NodeTime>> runs;  ///< one vector per run, in execution order
};

/// Raw result tensors of a run, for comparing runners.
struct Output {
  std::string name;
  network::Shape shape;
  std::vector<float> values;  ///< converted to float
};

/// A network made ready to run, with generated inputs.
class Session {
 public:
  virtual ~Session() = default;
  /// One inference. Nothing is allocated by us inside. Fails: `failed` with the runtime's message.
  virtual Status run() = 0;
  virtual Result<std::vector<Output>> outputs() = 0;  ///< of one more run
  /// For sessions opened with `study`, once: what was seen so far. Later runs are not profiled.
  virtual Result<Study> end_study() = 0;
};

struct SessionOptions {
  Settings settings;
  bool optimise = true;  ///< false: run the graph as given (it is already optimised)
  bool study = false;    ///< keep the optimised graph and profile every run until end_study()
};

/// A model: a file, or serialised bytes.
struct Model {
  std::filesystem::path file{};  ///< used when `bytes` is empty
  std::string_view bytes{};
  std::map<std::string, std::int64_t, std::less<>> symbols{};  ///< values of free dimensions
  std::int64_t batch = 1;                                      ///< for unnamed free first dimensions
};

class Runner {
 public:
  virtual ~Runner() = default;
  /// Identity with the runtime's fields and the settings filled in.
  virtual Identity identity(const Settings& settings) const = 0;
  virtual Result<std::unique_ptr<Session>> open(const Model& model, const SessionOptions& options) = 0;
  /// The runtime's own optimised graph for these settings, payloads left out. `unsupported` where it has
  /// none.
  virtual Result<network::Network> optimised_graph(const Model& model, const SessionOptions& options) = 0;
  /// Node times of `runs` profiled inferences after `warmup` unprofiled ones; one vector per run.
  virtual Result<std::vector<std::vector<NodeTime>>> profile(const Model& model,
                                                             const SessionOptions& options, int warmup,
                                                             int runs) = 0;
};

struct RunnerOptions {
  std::string library;  ///< explicit path of the runtime's shared library; empty: search
};

struct RunnerCard {
  std::string_view name;
  std::string_view summary;
  /// Fails: `not_found` with the places searched and how to get the runtime.
  Result<std::unique_ptr<Runner>> (*open)(const System& system, const RunnerOptions& options) = nullptr;
};

/// Best first; `reference` last and never chosen silently.
const std::vector<RunnerCard>& runner_list();
const RunnerCard* find_runner(std::string_view name);

}  // namespace forecost::device
