// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/runner.h"

namespace forecost::device {

Result<Measured> Runner::measure(const Model& model, const MeasureRequest& request) {
  return Error{Fault::unsupported, "this runner leaves measuring to its caller",
               model.file.string() + request.training,
               "training steps are run by the runners torch and command"};
}

const RunnerCard* find_runner(std::string_view name) {
  for (const auto& card : runner_list()) {
    if (card.name == name) return &card;
  }
  return nullptr;
}

}  // namespace forecost::device
