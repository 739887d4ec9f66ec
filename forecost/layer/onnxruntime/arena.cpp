// SPDX-License-Identifier: Apache-2.0
#include "forecost/layer/onnxruntime/arena.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace forecost::layer::onnxruntime_rules {
namespace {

constexpr std::int64_t granule = 256;                         // kMinAllocationSize
constexpr std::int64_t dead_bytes = std::int64_t{128} << 20;  // DEFAULT_MAX_DEAD_BYTES_PER_CHUNK
constexpr std::int64_t page = 4096;

std::int64_t rounded_up(std::int64_t bytes, std::int64_t to) {
  return (bytes + to - 1) / to * to;
}

}  // namespace

/// The smallest that fits; among equals the lowest address, and the system hands out regions downwards.
std::map<Arena::Address, Arena::Chunk>::iterator Arena::best_fit(std::int64_t rounded) {
  auto best = chunks_.end();
  for (auto it = chunks_.begin(); it != chunks_.end(); ++it) {
    if (it->second.used || it->second.size < rounded) continue;
    const bool better = best == chunks_.end() || it->second.size < best->second.size ||
                        (it->second.size == best->second.size && it->first.first > best->first.first);
    if (better) best = it;
  }
  return best;
}

void Arena::extend(std::int64_t rounded) {
  const bool large_enough = rounded <= next_region_;
  while (rounded > next_region_) next_region_ *= 2;
  chunks_[{touched_.size(), 0}] = {next_region_, false};
  touched_.emplace_back();
  if (large_enough) next_region_ *= 2;
}

void Arena::touch(Address at, std::int64_t bytes) {
  std::int64_t first = at.second / page * page;
  std::int64_t last = rounded_up(at.second + bytes, page);
  auto& spans = touched_[at.first];
  auto it = spans.upper_bound(first);
  if (it != spans.begin() && std::prev(it)->second >= first) --it;
  while (it != spans.end() && it->first <= last) {
    first = std::min(first, it->first);
    last = std::max(last, it->second);
    it = spans.erase(it);
  }
  spans[first] = last;
}

Arena::Address Arena::allocate(std::int64_t bytes) {
  const std::int64_t rounded = rounded_up(bytes, granule);
  auto found = best_fit(rounded);
  if (found == chunks_.end()) {
    extend(rounded);
    found = best_fit(rounded);
  }
  Chunk& chunk = found->second;
  const Address at = found->first;
  if (chunk.size >= 2 * rounded || chunk.size - rounded >= dead_bytes) {
    chunks_[{at.first, at.second + rounded}] = {chunk.size - rounded, false};
    chunk.size = rounded;
  }
  chunk.used = true;
  touch(at, bytes);
  return at;
}

void Arena::free(Address at) {
  auto chunk = chunks_.find(at);
  chunk->second.used = false;
  const auto next = std::next(chunk);
  if (next != chunks_.end() && next->first.first == at.first && !next->second.used) {
    chunk->second.size += next->second.size;
    chunks_.erase(next);
  }
  if (chunk == chunks_.begin()) return;
  const auto before = std::prev(chunk);
  if (before->first.first != at.first || before->second.used) return;
  before->second.size += chunk->second.size;
  chunks_.erase(chunk);
}

Bytes Arena::resident() const {
  Bytes sum{0};
  for (const auto& spans : touched_) {
    for (const auto& [first, last] : spans) sum += Bytes(last - first);
  }
  return sum;
}

void MemoryPattern::allocate(std::size_t tensor, std::int64_t bytes) {
  std::int64_t end = 0, least_waste = std::numeric_limits<std::int64_t>::max();
  std::int64_t offset = blocks_.empty() ? 0 : blocks_.back().offset + blocks_.back().bytes;
  auto at = blocks_.end();
  for (auto it = blocks_.begin(); it != blocks_.end(); ++it) {
    const std::int64_t gap = it->offset - end;
    if (gap >= bytes && gap - bytes < least_waste) {
      at = it;
      least_waste = gap - bytes;
      offset = end;
    }
    end = it->offset + it->bytes;
  }
  size_ = std::max(size_, offset + bytes);
  blocks_.insert(at, {offset, bytes, tensor});
}

void MemoryPattern::free(std::size_t tensor) {
  const auto found = std::find_if(blocks_.begin(), blocks_.end(),
                                  [tensor](const Block& block) { return block.tensor == tensor; });
  if (found != blocks_.end()) blocks_.erase(found);
}

}  // namespace forecost::layer::onnxruntime_rules
