// SPDX-License-Identifier: Apache-2.0
/// A mapping of loops onto a hierarchy of memories, and how many words it moves between them.
///
/// Memories are listed from the outermost (DRAM) to the innermost; each keeps some of the tensors, what it
/// does not keep passes by. Below a memory stand `spread` loops: their turns run at the same time on copies
/// of everything further in.
///
/// The count is Timeloop's (Parashar et al., ISPASS 2019), in closed form:
/// - A tile stays in a memory while only loops turn that do not move its tensor; the innermost such loops
///   cost nothing, all further out fetch the tile again.
/// - Where the innermost loop above a memory slides a window over the inputs only what is new is fetched.
/// - A word that copies need at the same time is read once and delivered to each. Sums of copies are added
///   on the way, so that one arrives. Sums that leave unfinished come back, the first turn excepted.
/// - Extents need not divide: last tiles are as small as they are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "forecost/accelerator/work.h"

namespace forecost::accelerator {

struct Loop {
  Dim dim = Dim::n;
  std::int64_t turns = 1;
  bool spread = false;  ///< in space, not in time
};

/// The loops of all memories in one list, outermost first.
struct Nest {
  std::vector<Loop> loops;
  std::vector<std::size_t> start;  ///< per memory: index of the first loop that is its own
};

/// Which tensors a memory keeps, by Tensor.
using Keeps = std::array<bool, tensor_count>;

enum class Halo {
  separate,  ///< neighbouring copies fetch rows that both need twice (Timeloop across two levels of copies)
  shared     ///< such rows are read once and delivered to both (Eyeriss, along the diagonals of its array)
};

/// Words of one tensor at one memory, all copies together.
struct Use {
  double reads = 0;    ///< delivered further in, and sums read to be added to
  double fills = 0;    ///< that came from further out
  double updates = 0;  ///< sums that came from further in
};

inline constexpr std::size_t most_memories = 8;

/// What one repeat moves. `hops`: words that reach a copy beyond those that were read, and sums that are
/// added on the way; they take the network between copies.
struct Traffic {
  std::array<std::array<Use, tensor_count>, most_memories> memories = {};  ///< as in the nest
  std::array<double, tensor_count> hops = {};
  double steps = 0;   ///< one multiply-accumulate per element in use and step
  double copies = 1;  ///< processing elements in use

  const Use& at(std::size_t memory, Tensor tensor) const { return memories[memory][index_of(tensor)]; }
};

/// Words of a tensor that one copy of a memory holds at a time.
double tile_words(const Work& work, const Nest& nest, std::size_t memory, Tensor tensor);

/// Copies of a memory that are in use.
std::int64_t copies_of(const Nest& nest, std::size_t memory);

/// Multiply-accumulates read weights and inputs from the innermost memory that keeps them and add to the
/// sums there. `keeps`: one entry per memory of the nest, at most `most_memories`; the outermost keeps all.
/// O(memories x loops), below a microsecond. Pure.
Traffic traffic_of(const Work& work, const Nest& nest, const std::vector<Keeps>& keeps,
                   Halo halo = Halo::separate);

}  // namespace forecost::accelerator
