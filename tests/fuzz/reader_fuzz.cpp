// SPDX-License-Identifier: Apache-2.0
// Whatever the bytes are, reading ends in a Network or an Error with a hint; a Network can be written and
// read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "forecost/network/reader.h"
#include "forecost/network/writer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace forecost;
  const auto first = network::read(std::as_bytes(std::span(data, size)), "fuzz");
  if (!first) {
    if (first.error().what.empty() || first.error().hint.empty()) std::abort();
    return 0;
  }
  const auto written = network::serialise(*first, network::Payload::hollow);
  if (!written) std::abort();
  const auto second = network::read(std::as_bytes(std::span<const char>(*written)), "again");
  if (!second || second->graph.nodes.size() != first->graph.nodes.size()) std::abort();
  return 0;
}
