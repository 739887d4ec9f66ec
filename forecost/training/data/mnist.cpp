// SPDX-License-Identifier: Apache-2.0
// LeCun et al. 1998. IDX: two zero bytes, the type (8: bytes), the number of extents, each extent as a
// big-endian 32-bit number, then the elements.
#include <array>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "forecost/training/data_entry.h"
#include "forecost/training/packed_file.h"

namespace forecost::training::data {
namespace {

constexpr std::int64_t side = 28;
constexpr std::int64_t most_images = 10'000'000;

struct Elements {
  std::vector<std::int64_t> extents;
  std::vector<std::uint8_t> bytes;
};

Error broken(const PackedFile& file, std::string what) {
  return {Fault::bad_input, std::move(what), file.path().string(),
          "give the data set's IDX files as they are published"};
}

Result<Elements> read_idx(const std::filesystem::path& path, std::size_t rank) {
  FORECOST_TRY(PackedFile file, PackedFile::open(path));
  FORECOST_TRY(const std::vector<std::uint8_t> head, file.read(static_cast<std::int64_t>(4 + 4 * rank)));
  if (head.size() < 4 + 4 * rank) return broken(file, fmt::format("an IDX head of {} bytes", head.size()));
  if (head[0] != 0 || head[1] != 0 || head[2] != 8 || head[3] != rank) {
    return broken(file, fmt::format("it begins with {:02x}{:02x}{:02x}{:02x}, not 000008{:02x}", head[0],
                                    head[1], head[2], head[3], rank));
  }
  Elements elements;
  std::int64_t size = 1;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    std::int64_t extent = 0;
    for (std::size_t i = 0; i < 4; ++i) extent = extent * 256 + head[4 + 4 * axis + i];
    const std::int64_t most = axis == 0 ? most_images : side;
    if (extent < 1 || extent > most || (axis > 0 && extent != side)) {
      return broken(file, axis == 0 ? fmt::format("{} images", extent)
                                    : fmt::format("images with an extent of {}, not {}", extent, side));
    }
    elements.extents.push_back(extent);
    size *= extent;
  }
  FORECOST_TRY(elements.bytes, file.read(size));
  if (std::ssize(elements.bytes) < size) {
    return broken(file, fmt::format("it is cut off: {} of {} bytes", elements.bytes.size(), size));
  }
  FORECOST_TRY(const std::vector<std::uint8_t> rest, file.read(1));
  if (!rest.empty()) return broken(file, fmt::format("more than the {} bytes that its head states", size));
  return elements;
}

/// "train-images-idx3-ubyte" is also found packed, or with a dot before "idx".
std::optional<std::filesystem::path> find_file(const std::filesystem::path& folder, const std::string& name) {
  std::string dotted = name;
  dotted[dotted.find("-idx")] = '.';
  for (const std::string& one : {name, dotted}) {
    for (const char* end : {"", ".gz"}) {
      std::error_code ignored;
      if (std::filesystem::exists(folder / (one + end), ignored)) return folder / (one + end);
    }
  }
  return std::nullopt;
}

constexpr std::array<const char*, 4> names = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                              "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

Status check(const DataRequest& request) {
  FORECOST_TRY([[maybe_unused]] const Done fits,
               check_size(request, {.channels = 1, .height = side, .width = side, .classes = 10}));
  for (const char* name : names) {
    if (find_file(request.folder, name)) continue;
    return Error{
        Fault::not_found, fmt::format("there is no {} or {}.gz", name, name), request.folder.string(),
        "put the four files of MNIST there and name their folder in the trainer's 'folder', or train "
        "on data = \"glyphs\", which needs no files"};
  }
  return Done{};
}

Result<Images> read_images(const std::filesystem::path& images, const std::filesystem::path& labels) {
  FORECOST_TRY(Elements pixels, read_idx(images, 3));
  FORECOST_TRY(Elements classes, read_idx(labels, 1));
  if (pixels.extents[0] != classes.extents[0]) {
    return Error{Fault::bad_input,
                 fmt::format("{} images, but {} labels", pixels.extents[0], classes.extents[0]),
                 labels.string(), "give images and labels of one data set"};
  }
  for (std::size_t i = 0; i < classes.bytes.size(); ++i) {
    if (classes.bytes[i] < 10) continue;
    return Error{Fault::bad_input, fmt::format("label {} is {}, not 0 ... 9", i, classes.bytes[i]),
                 labels.string(), "give a data set of ten classes"};
  }
  return Images{1, side, side, std::move(pixels.bytes), std::move(classes.bytes)};
}

Result<ImageData> load(const DataRequest& request) {
  FORECOST_TRY([[maybe_unused]] const Done there, check(request));
  std::vector<std::filesystem::path> files;
  for (const char* name : names) files.push_back(*find_file(request.folder, name));
  FORECOST_TRY(const Images train, read_images(files[0], files[1]));
  FORECOST_TRY(const Images held_out, read_images(files[2], files[3]));
  return ImageData{drawn_from(train, request.train, request.seed),
                   drawn_from(held_out, request.held_out, request.seed + 1), 10};
}

}  // namespace

DataEntry mnist() {
  return {.name = "mnist",
          .summary = "IDX files of 28 x 28 images, as of MNIST and Fashion-MNIST, also packed by gzip",
          .source = "LeCun et al. 1998",
          .check = check,
          .load = load};
}

}  // namespace forecost::training::data
