// SPDX-License-Identifier: Apache-2.0
/// A device: hardware, a runtime, and the settings it runs with. A predictor belongs to exactly one.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "forecost/device/system.h"
#include "forecost/outcome/outcome.h"
#include "forecost/quantity/quantity.h"

namespace forecost::device {

/// How the runtime is told to run.
struct Settings {
  int threads = 1;
  std::vector<int> cores;      ///< pinned to these, one per thread; empty: the scheduler decides
  std::string precision = {};  ///< "fp32", "tf32", "bf16", "fp16"; empty: as the network is written
};

/// Who computes: what must be equal for two measurements to be comparable.
struct Identity {
  std::string name;       ///< user's name for it, e.g. "this-t1"
  std::string processor;  ///< "AMD EPYC ..., family 26 model 2"
  int cores = 1;
  std::string instruction_set;  ///< "avx512_vnni", "avx2", "neon"...
  std::string runtime;          ///< "onnxruntime"
  std::string runtime_version;  ///< "1.32.0"
  std::string runtime_build;    ///< git commit or build text of the runtime
  std::string provider;         ///< "CPUExecutionProvider"
  Settings settings;

  /// Differences that make measurements incomparable, in words; empty when there are none.
  std::vector<std::string> differences(const Identity& other) const;
};

/// One level of the memory hierarchy, as measured (not as the data sheet says).
struct MemoryLevel {
  std::string name;      ///< "L1", "L2", "L3", "DRAM"
  Bytes capacity{0};     ///< 0 for the last level
  double bandwidth = 0;  ///< bytes per second, all threads of the settings together
};

/// How a process's peak memory follows from a network, fitted on processes that ran one network each:
///   loading = base + weights + max(loading["convolution"] x weights of convolutions,
///                                  loading["largest"] x largest weight tensor)
///             + loading["largest_convolution"] x largest weight of a convolution
///   running = base + inputs + sum over kinds (kept[kind] x weights of kind) + per_node x nodes
///             + activations x what the runtime's allocator makes resident
///   peak    = the larger of both
/// While loading, a runtime holds the weights as read and as re-laid-out for its kernels.
struct MemoryModel {
  Bytes base{0};                                       ///< process, runtime and an empty network
  std::map<std::string, double, std::less<>> loading;  ///< further copies while loading; none: 0
  std::map<std::string, double, std::less<>> kept;     ///< by kind of weight; none: 1
  Bytes per_node{0};                                   ///< the runtime's own records
  double activations = 1;
  double relative_error = 0;  ///< of the fit, leave-one-out; 0: not fitted
};

/// The measured roofs of a device.
struct Card {
  Identity identity;
  std::map<std::string, double> peak_operations;  ///< per second by element type name ("float32", "int8")
  std::vector<MemoryLevel> memory;                ///< nearest first
  Seconds node_overhead;  ///< the runtime's cost per node, contained in every kernel's time
  Seconds run_overhead;   ///< per inference call
  MemoryModel memory_model;
  double median_over_minimum = 1;  ///< what a user sees over the quiet-machine time, typical of this machine

  /// Bandwidth at which a working set of this size streams, interpolated between levels.
  double bandwidth_for(Bytes working_set) const;
};

/// Processor name, core count and instruction set of this machine; runtime fields are left empty.
Identity identify_processor(const System& system);

/// Measures arithmetic peaks and memory bandwidths with `settings.threads` threads; takes about 3 s.
/// `node_overhead` and `run_overhead` are left at zero: they belong to a runtime and come from calibration.
Card measure_roofs(const System& system, const Identity& identity);

}  // namespace forecost::device
