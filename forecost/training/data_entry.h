// SPDX-License-Identifier: Apache-2.0
/// Data sets that networks are trained on. One file in data/, one line in data.txt, one test; the contract
/// tests run on every entry.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "forecost/network/network.h"
#include "forecost/outcome/outcome.h"
#include "forecost/training/images.h"

namespace forecost::training {

/// What a network wants to be trained on.
struct DataRequest {
  std::filesystem::path folder{};  ///< of the files; unused where images are generated
  std::int64_t channels = 1;
  std::int64_t height = 28;
  std::int64_t width = 28;
  std::int64_t classes = 10;
  std::int64_t train = 0;     ///< images to learn from; 0: all there are, or 4000 generated ones
  std::int64_t held_out = 0;  ///< images that judge; 0: all there are, or 1000 generated ones
  std::uint64_t seed = 1;     ///< of the draw, or of the generator
};

struct DataEntry {
  std::string_view name;
  std::string_view summary;
  std::string_view source;  ///< paper or page; "" for our own
  bool generated = false;   ///< needs no files
  /// Whether the request can be met: images of that size and classes exist, and their files are there. Reads
  /// no image. Fails: `bad_input` for a size or a number of classes that the data do not have; `not_found`
  /// naming the files.
  Status (*check)(const DataRequest& request) = nullptr;
  /// Fails: as `check` does; `bad_input` for a file that is not what its name says, with the place in it. The
  /// same request gives the same images.
  Result<ImageData> (*load)(const DataRequest& request) = nullptr;
};

/// In the order of data.txt.
const std::vector<DataEntry>& data_list();
const DataEntry* find_data(std::string_view name);

/// Size and classes that a network takes: its one input is an image (batch, channels, height, width) or a
/// flat square one (batch, pixels), its one output holds one number per class. Fails: `unsupported` for any
/// other network.
Result<DataRequest> request_for(const network::Network& network);

/// Whether images of this size with so many classes are what `request` wants. Fails: `bad_input`.
Status check_size(const DataRequest& request, const DataRequest& there);

}  // namespace forecost::training
