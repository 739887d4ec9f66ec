// SPDX-License-Identifier: Apache-2.0
/// Data files written by tests, in a folder that lives as long as one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include <zlib.h>

#include "forecost/device/temp_folder.h"

namespace forecost::training::tests {

class SmallFiles {
 public:
  SmallFiles() : folder_(device::TempFolder::make(*device::this_machine()).value()) {}
  const std::filesystem::path& path() const { return folder_.path(); }
  std::filesystem::path write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path() / name, std::ios::binary) << bytes;
    return path() / name;
  }
  std::filesystem::path write_packed(const std::string& name, const std::string& bytes) const {
    const std::filesystem::path file = path() / name;
    gzFile packed = gzopen(file.c_str(), "wb");
    gzwrite(packed, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(packed);
    return file;
  }

 private:
  device::TempFolder folder_;
};

inline std::string big_endian(std::uint32_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16), static_cast<char>(number >> 8),
          static_cast<char>(number)};
}

/// An IDX file of `count` images of 28 x 28: all pixels of image i are i.
inline std::string idx_images(std::uint32_t count) {
  std::string bytes = big_endian(0x803) + big_endian(count) + big_endian(28) + big_endian(28);
  for (std::uint32_t i = 0; i < count; ++i) bytes += std::string(784, static_cast<char>(i));
  return bytes;
}

/// Label i is i modulo 10.
inline std::string idx_labels(std::uint32_t count) {
  std::string bytes = big_endian(0x801) + big_endian(count);
  for (std::uint32_t i = 0; i < count; ++i) bytes += static_cast<char>(i % 10);
  return bytes;
}

/// Records of CIFAR-10: red pixels of record i are i, green ones 100, blue ones 200.
inline std::string cifar_records(int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) {
    bytes += static_cast<char>(i % 10);
    bytes += std::string(1024, static_cast<char>(i)) + std::string(1024, 100) +
             std::string(1024, static_cast<char>(200));
  }
  return bytes;
}

}  // namespace forecost::training::tests
