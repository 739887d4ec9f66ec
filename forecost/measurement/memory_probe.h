// SPDX-License-Identifier: Apache-2.0
/// Teaches a device's memory model: built networks run in processes of their own, and the formula is fitted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "forecost/device/runner.h"
#include "forecost/measurement/memory_model.h"
#include "forecost/network/network.h"
#include "forecost/outcome/outcome.h"

namespace forecost::measurement {

/// What the process's C library does with large pieces of memory that were freed. glibc raises its threshold
/// for `mmap` as it sees large pieces freed, and keeps later ones in a heap with holes: how much then stays
/// resident depends on addresses and differs by up to a quarter between two processes. With the threshold
/// held at its first value freed pieces go back to the system, and two processes agree within 0.5 %.
/// docs/decisions/0007.
enum class HeapHoles {
  returned,  ///< GLIBC_TUNABLES=glibc.malloc.mmap_threshold=131072
  kept,      ///< as the C library does by itself
};

/// A network to be run a few times by a process that does nothing else.
struct PeakRequest {
  std::filesystem::path file;
  std::map<std::string, std::int64_t, std::less<>> symbols{};
  std::int64_t batch = 1;  ///< for unnamed free first dimensions
  device::Settings settings{};
  HeapHoles holes = HeapHoles::returned;
};

/// Starts that process and returns the most memory it held. Which program it is only the caller knows: a
/// library cannot start itself. Fails: `failed` or `exhausted` when the process does not come to its end.
using PeakProbe = std::function<Result<PeakMemory>(const PeakRequest&)>;

/// The networks a memory model is fitted to: matrices from 1 to 150 MB, convolutions with and without
/// normalisation, blocks of transformers, embeddings, large activations with few weights, long chains of
/// small nodes, and mixes.
std::vector<network::Network> memory_networks();

/// Where and how the probes run.
struct MemoryBench {
  const device::System& system;
  device::Runner& runner;
  device::Settings settings;
  PeakProbe probe;
  Seconds longest{60};  ///< no further network starts after this long
  std::function<bool()> stop = [] { return false; };
};

/// Runs every network of memory_networks() and fits; about 6 s. A network that fails is left out; with fewer
/// than 8 left the first failure is returned. `exhausted` where they did not fit into `longest`,
/// `interrupted` when stopped.
Result<device::MemoryModel> calibrate_memory(const MemoryBench& bench);

}  // namespace forecost::measurement
