// SPDX-License-Identifier: Apache-2.0
/// Executes networks on a device. One file in runners/, one line in runners.txt, one test.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
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

/// What a runner that measures by itself is asked for.
struct MeasureRequest {
  Settings settings;
  std::string training;  ///< optimiser of training steps: "sgd" or "adam"; empty: inference
  int warmup_runs = 3;
  int least_runs = 10;
  Seconds longest{0.3};  ///< further runs begin only before
  Bytes evict{0};        ///< touch so much memory before each run; 0: caches stay as the run leaves them
  bool energy = false;   ///< also energy, where it can
  std::function<bool()> stop = [] { return false; };
};

/// Energy of one run as the one who measured it says.
struct ToldEnergy {
  std::string sensor;
  std::string scope;
  Joules total;  ///< idle power included
  Watts idle;
  Seconds window;  ///< that was watched
  std::int64_t runs = 0;
  double standard_error = 0;  ///< relative; 0: it does not know
  std::map<std::string, double> conditions{};
};

/// What a runner measured by itself.
struct Measured {
  std::vector<double> run_seconds;      ///< of inferences or training steps
  std::vector<double> forward_seconds;  ///< parts of training steps; may be empty
  std::vector<double> backward_seconds;
  std::vector<double> update_seconds;
  std::vector<std::vector<NodeTime>> nodes;  ///< one vector per profiled run; may be empty
  std::optional<network::Network> graph;     ///< the optimised one; none: the network as written
  std::vector<ToldEnergy> energies;
  Bytes peak_memory{0};                      ///< 0: not told
  bool evicted = false;                      ///< it did empty its caches
  std::map<std::string, double> conditions;  ///< "clock_mhz", "temperature_c"
};

class Runner {
 public:
  virtual ~Runner() = default;
  /// Whether times are taken where the network runs: then measure() serves, and open() and profile() do not.
  virtual bool measures_itself() const { return false; }
  /// Runs a network and says what that took. Fails: `unsupported` for a runner that does not measure itself;
  /// else as the one who measures.
  virtual Result<Measured> measure(const Model& model, const MeasureRequest& request);
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
  std::string library;     ///< explicit path of the runtime's shared library; empty: search
  std::string program{};   ///< shell command of the runner `command`
  std::string provider{};  ///< "cpu", "cuda"; empty: the runner's first
  Seconds longest{300};    ///< of one answer of a program
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
