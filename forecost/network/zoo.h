// SPDX-License-Identifier: Apache-2.0
/// Well-known architectures, rebuilt from their papers or reference code. One file per family in zoo/, one
/// line in zoo.txt, one test against the published parameters and multiply-accumulates.
#pragma once

#include <string_view>
#include <vector>

#include "forecost/network/network.h"
#include "forecost/outcome/outcome.h"

namespace forecost::network {

struct ZooOptions {
  std::int64_t batch = 1;
  std::int64_t sequence = 0;  ///< tokens for language networks; 0: the entry's default
};

struct ZooEntry {
  std::string_view name;     ///< "resnet50"
  std::string_view summary;  ///< "ResNet-50 v1.5, 224 x 224"
  std::string_view source;   ///< where the published counts come from
  std::int64_t parameters;   ///< published, learned parameters; 0 when nobody published them
  std::int64_t
      macs;  ///< published multiply-accumulates of convolutions and matrix products at batch 1; 0 likewise
  Network (*build)(const ZooOptions& options);
};

/// Every entry, in the order of zoo.txt.
const std::vector<ZooEntry>& zoo_entries();
/// Fails: `not_found`, the hint names the nearest entries.
Result<const ZooEntry*> find_zoo(std::string_view name);

}  // namespace forecost::network
