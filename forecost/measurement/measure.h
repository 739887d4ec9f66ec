// SPDX-License-Identifier: Apache-2.0
/// Runs networks on a device and summarises honestly.
///
/// Each network gets one session. Its first runs are profiled: they say which kernels ran and how the time
/// splits. Then the profiler is switched off and the network is timed whole, in short blocks interleaved over
/// all networks of the group (A B C A B C ...), so that a slow minute of the machine hits all alike. Blocks
/// during which something else used the machine are thrown away and measured again. A network's time is the
/// minimum of its unprofiled runs, which repeats to 1-2 %; kernels get that time, less overheads, in
/// proportion to their profiled medians.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "forecost/device/runner.h"
#include "forecost/layer/layer.h"
#include "forecost/measurement/store.h"

namespace forecost::measurement {

struct Protocol {
  int warmup_runs = 3;
  Seconds warmup{0.02};  ///< at least this long, and until two runs differ by less than 5 %
  int least_profiled_runs = 3;
  int profiled_runs = 10;       ///< unless `profiled_longest` is spent before
  int most_profiled_runs = 40;  ///< as long as `profiled` is not spent
  Seconds profiled{0.02};
  Seconds profiled_longest{0.5};
  Seconds block{0.025};      ///< at least one run
  int blocks = 3;            ///< undisturbed blocks wanted per network
  int most_blocks = 8;       ///< including disturbed ones
  double stop_width = 0.01;  ///< more blocks until the best two minima agree to this
  Seconds longest{4};        ///< per network; blocks stop then
  bool told_energy = false;  ///< asks a runner that measures by itself for energy, too
};

/// A network to be measured. It owns its bytes, or names a file.
struct Item {
  std::string name;
  std::string kind = "network";
  std::string group;
  std::string bytes;  ///< serialised model; empty: `file`
  std::filesystem::path file;
  network::Network network;  ///< as written, for shapes and kernels
  layer::Binding binding;
  std::string training{};  ///< "sgd" or "adam": training steps, by a runner that measures by itself
  Bytes evict{0};          ///< touch this much memory before each run, 0: caches stay as the run leaves them
};

/// Where a measurement runs and what may stop it.
struct Bench {
  const device::System& system;
  device::Runner& runner;
  device::Settings settings;
  std::function<bool()> stop = [] { return false; };  ///< asked between blocks; true ends with `interrupted`
};

/// Measures all items interleaved; where the runner measures by itself, one after the other by its word. One
/// Result per item, in order: a network that fails does not stop the others.
std::vector<Result<Record>> measure(const Bench& bench, std::span<const Item> items,
                                    const Protocol& protocol);

}  // namespace forecost::measurement
