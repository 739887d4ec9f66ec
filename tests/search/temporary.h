// SPDX-License-Identifier: Apache-2.0
/// A folder that lives as long as a test.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "forecost/device/temp_folder.h"

namespace forecost::search::tests {

class Temporary {
 public:
  Temporary() : system_(device::this_machine()), folder_(device::TempFolder::make(*system_).value()) {}
  const std::filesystem::path& path() const { return folder_.path(); }
  const device::System& system() const { return *system_; }
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path() / name, std::ios::binary) << text;
    return path() / name;
  }

 private:
  std::unique_ptr<device::System> system_;
  device::TempFolder folder_;
};

}  // namespace forecost::search::tests
