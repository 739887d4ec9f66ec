// SPDX-License-Identifier: Apache-2.0
#include "subjects.h"

#include <algorithm>

#include "forecost/network/reader.h"
#include "forecost/network/writer.h"
#include "forecost/network/zoo.h"

namespace forecost::studies {

namespace fs = std::filesystem;

std::vector<Subject> subjects(std::vector<std::string>& missing) {
  std::vector<Subject> all;
  for (const auto& entry : network::zoo_entries()) {
    for (const std::int64_t batch : {1, 8})
      all.push_back({.network = std::string(entry.name), .batch = batch});
  }
  struct Place {
    fs::path folder;
    std::string prefix;  ///< where names are those of zoo networks
  };
  const Place places[] = {{fs::path(FORECOST_SOURCE_DIR) / ".." / "shared" / "data" / "onnx_light", ""},
                          {fs::path(FORECOST_BUILD_DIR) / "exported", "torch_"}};
  for (const auto& [folder, prefix] : places) {
    if (!fs::is_directory(folder)) {
      missing.push_back("skipped: networks of " + folder.filename().string() + ", which is not here");
      continue;
    }
    std::vector<fs::path> files;
    for (const auto& file : fs::directory_iterator(folder)) {
      if (file.path().extension() == ".onnx") files.push_back(file.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) all.push_back({.network = prefix + file.stem().string(), .file = file});
  }
  return all;
}

Result<measurement::Item> item_of(const Subject& subject, const std::string& kind) {
  measurement::Item item{
      .name = subject.name(), .kind = kind, .group = subject.network, .file = subject.file};
  item.binding.batch = subject.batch;
  if (subject.file.empty()) {
    FORECOST_TRY(const auto* entry, network::find_zoo(subject.network));
    item.network = entry->build({.batch = subject.batch});
    FORECOST_TRY(item.bytes, network::serialise(item.network));
  } else {
    FORECOST_TRY(item.network, network::read(subject.file));
  }
  return item;
}

}  // namespace forecost::studies
