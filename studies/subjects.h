// SPDX-License-Identifier: Apache-2.0
/// The test networks of the studies: the zoo, the graphs of ../shared/data/onnx_light, networks exported by
/// PyTorch.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "forecost/measurement/measure.h"
#include "forecost/outcome/outcome.h"

namespace forecost::studies {

/// One network at one batch size.
struct Subject {
  std::string network;
  std::int64_t batch = 1;
  std::filesystem::path file;  ///< empty for zoo networks, which are built when needed
  std::string name() const { return network + "-b" + std::to_string(batch); }
};

/// Every zoo network at batch 1 and 8, then the files found in the other places, at batch 1. `missing` gets a
/// line for each place that is not there.
std::vector<Subject> subjects(std::vector<std::string>& missing);

/// The item to measure. Zoo networks are serialised into memory.
Result<measurement::Item> item_of(const Subject& subject, const std::string& kind);

}  // namespace forecost::studies
