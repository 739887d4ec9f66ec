// SPDX-License-Identifier: Apache-2.0
/// The arena of ONNX Runtime's CPU provider, replayed: which pages a sequence of allocations touches.
/// Follows BFCArena and MemPatternPlanner in onnxruntime/core/framework (MIT licence), 1.2x to 1.32, with the
/// default of regions that double.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "forecost/quantity/quantity.h"

namespace forecost::layer::onnxruntime_rules {

/// Best fit with coalescing. A region is asked of the system when nothing fits; what was never written to is
/// not resident. Sizes are in bytes and above 0.
class Arena {
 public:
  using Address = std::pair<std::size_t, std::int64_t>;  ///< region, offset

  /// O(chunks).
  Address allocate(std::int64_t bytes);
  void free(Address at);

  /// Pages written to so far, whoever holds them now.
  Bytes resident() const;

 private:
  struct Chunk {
    std::int64_t size = 0;
    bool used = false;
  };

  std::map<Address, Chunk>::iterator best_fit(std::int64_t rounded);
  void extend(std::int64_t rounded);
  void touch(Address at, std::int64_t bytes);

  std::map<Address, Chunk> chunks_;                            ///< neighbours in a region are neighbours here
  std::vector<std::map<std::int64_t, std::int64_t>> touched_;  ///< by region: first byte to past the last
  std::int64_t next_region_ = std::int64_t{1} << 20;
};

/// One block for all activations of a run, laid out from the first run's allocations: later runs use it.
class MemoryPattern {
 public:
  void allocate(std::size_t tensor, std::int64_t bytes);
  void free(std::size_t tensor);
  std::int64_t size() const { return size_; }

 private:
  struct Block {
    std::int64_t offset;
    std::int64_t bytes;
    std::size_t tensor;
  };

  std::vector<Block> blocks_;  ///< in use, by offset
  std::int64_t size_ = 0;
};

}  // namespace forecost::layer::onnxruntime_rules
