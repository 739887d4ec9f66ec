// SPDX-License-Identifier: Apache-2.0
// libtorch lives in a program of its own: docs/decisions/0010-torch-is-a-program.md
#include "forecost/device/program_runner.h"
#include "forecost/device/program_search.h"

namespace forecost::device::runners {
namespace {

Result<std::unique_ptr<Runner>> open_torch(const System& system, const RunnerOptions& options) {
  FORECOST_TRY(
      const std::filesystem::path program,
      find_program(system, {.name = "forecost-torch",
                            .variable = "FORECOST_TORCH",
                            .absent = "this build has no forecost-torch: it was made without libtorch",
                            .hint = "run make trainer (it installs libtorch-dev), or measure with "
                                    "--runner onnxruntime"}));
  return open_program(system, {{program.string(), "run"}, options.provider, options.longest});
}

}  // namespace

RunnerCard torch();  // named by the list

RunnerCard torch() {
  return {"torch",
          "libtorch, eager, by the program forecost-torch: inference and training steps, CPU and CUDA",
          open_torch};
}

}  // namespace forecost::device::runners
