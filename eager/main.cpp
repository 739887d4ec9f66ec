// SPDX-License-Identifier: Apache-2.0
// forecost-torch: forecost measure and forecost calibrate start it for --runner torch.
#include <climits>
#include <iostream>
#include <string>
#include <string_view>

#include <malloc.h>
#include <nlohmann/json.hpp>
#include <torch/version.h>

#include "eager/answer.h"

int main(int count, char** words) {
  if (count != 2 || std::string_view(words[1]) != "run") {
    const bool version = count == 2 && std::string_view(words[1]) == "--version";
    std::cout << (version ? "forecost-torch " FORECOST_VERSION ", libtorch " TORCH_VERSION "\n"
                          : "usage: forecost-torch run|--version\n"
                            "run reads one question from standard input (docs/formats/runner.md); forecost\n"
                            "starts it for --runner torch\n");
    return version ? 0 : 2;
  }
  // Freed tensors stay with the process, as with the allocators that libtorch is mostly run with: else every
  // large one costs its page faults anew, in some runs and not in others.
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  std::string question;
  std::getline(std::cin, question);
  bool good = true;
  forecost::eager::answer(question, *forecost::device::this_machine(), [&good](const nlohmann::json& line) {
    good = good && !line.contains("failure");
    std::cout << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
  });
  return good ? 0 : 1;
}
