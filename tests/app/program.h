// SPDX-License-Identifier: Apache-2.0
/// Runs the built program as a user would, in a folder of its own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace forecost::app_tests {

struct Outcome {
  int exit_code = -1;
  std::string out;
  std::string err;
};

/// A folder that lives as long as the object; commands run in it, with FORECOST_HOME inside it.
class Workplace {
 public:
  Workplace();
  ~Workplace();
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  /// Output goes to pipes, no terminal.
  Outcome run(const std::vector<std::string>& arguments) const;
  /// Standard output and error are one terminal of 80 columns; the outcome has it all in `out`.
  Outcome run_on_terminal(const std::vector<std::string>& arguments,
                          const std::vector<std::string>& environment = {}) const;

  std::filesystem::path write(const std::string& name, const std::string& text) const;
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

}  // namespace forecost::app_tests
