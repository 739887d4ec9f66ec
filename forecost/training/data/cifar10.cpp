// SPDX-License-Identifier: Apache-2.0
// Krizhevsky 2009. Binary version: records of a label and 3072 pixels, channel after channel.
#include <array>
#include <string>

#include <fmt/format.h>

#include "forecost/training/data_entry.h"
#include "forecost/training/packed_file.h"

namespace forecost::training::data {
namespace {

constexpr std::int64_t side = 32;
constexpr std::int64_t pixels_of_one = 3 * side * side;
constexpr std::int64_t record = 1 + pixels_of_one;
constexpr std::int64_t most_records = 1'000'000;

constexpr std::array<const char*, 5> train_names = {
    "data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"};
constexpr const char* held_out_name = "test_batch.bin";

/// Archives hold the files in a folder of their own.
std::filesystem::path place_of(const DataRequest& request, const std::string& name) {
  const std::filesystem::path inside = request.folder / "cifar-10-batches-bin" / name;
  std::error_code ignored;
  return std::filesystem::exists(inside, ignored) ? inside : request.folder / name;
}

Status check(const DataRequest& request) {
  FORECOST_TRY([[maybe_unused]] const Done fits,
               check_size(request, {.channels = 3, .height = side, .width = side, .classes = 10}));
  std::vector<std::string> names(train_names.begin(), train_names.end());
  names.emplace_back(held_out_name);
  for (const std::string& name : names) {
    std::error_code ignored;
    if (std::filesystem::exists(place_of(request, name), ignored)) continue;
    return Error{Fault::not_found, fmt::format("there is no {}", name), request.folder.string(),
                 "unpack CIFAR-10's binary version there and name the folder in the trainer's 'folder', or "
                 "train on data = \"glyphs\", which needs no files"};
  }
  return Done{};
}

Status add_records(const std::filesystem::path& path, Images& images) {
  FORECOST_TRY(PackedFile file, PackedFile::open(path));
  const auto broken = [&path](std::string what) {
    return Error{Fault::bad_input, std::move(what), path.string(),
                 "give the files of CIFAR-10's binary version as they are published"};
  };
  FORECOST_TRY(const std::vector<std::uint8_t> bytes, file.read(most_records * record + 1));
  if (std::ssize(bytes) > most_records * record) return broken("more than a million images");
  if (bytes.empty() || std::ssize(bytes) % record != 0) {
    return broken(fmt::format("{} bytes are no whole number of records of {}", bytes.size(), record));
  }
  for (std::int64_t at = 0; at < std::ssize(bytes); at += record) {
    const std::uint8_t label = bytes[static_cast<std::size_t>(at)];
    if (label > 9) return broken(fmt::format("record {} has label {}, not 0 ... 9", at / record, label));
    images.labels.push_back(label);
    images.pixels.insert(images.pixels.end(), bytes.begin() + at + 1, bytes.begin() + at + record);
  }
  return Done{};
}

Result<ImageData> load(const DataRequest& request) {
  FORECOST_TRY([[maybe_unused]] const Done there, check(request));
  Images train{3, side, side, {}, {}};
  for (const char* name : train_names) {
    FORECOST_TRY([[maybe_unused]] const Done added, add_records(place_of(request, name), train));
  }
  Images held_out{3, side, side, {}, {}};
  FORECOST_TRY([[maybe_unused]] const Done added, add_records(place_of(request, held_out_name), held_out));
  return ImageData{drawn_from(train, request.train, request.seed),
                   drawn_from(held_out, request.held_out, request.seed + 1), 10};
}

}  // namespace

DataEntry cifar10() {
  return {.name = "cifar10",
          .summary = "CIFAR-10's binary files of 3 x 32 x 32 images",
          .source = "Krizhevsky 2009",
          .check = check,
          .load = load};
}

}  // namespace forecost::training::data
