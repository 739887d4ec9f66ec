// SPDX-License-Identifier: Apache-2.0
// forecost-trainer: forecost search starts it once per trial of a study with [objective] trainer.
#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>

#include <ATen/Context.h>
#include <nlohmann/json.hpp>
#include <torch/version.h>

#include "trainer/task.h"

int main(int count, char** words) {
  if (count != 2 || std::string_view(words[1]) != "trial") {
    const bool version = count == 2 && std::string_view(words[1]) == "--version";
    std::cout << (version
                      ? "forecost-trainer " FORECOST_VERSION ", libtorch " TORCH_VERSION "\n"
                      : "usage: forecost-trainer trial|--version\n"
                        "trial reads one from standard input (docs/formats/objective.md); forecost search\n"
                        "starts it for studies with [objective] trainer\n");
    return version ? 0 : 2;
  }
  at::globalContext().setFlushDenormal(true);
  std::string task;
  std::getline(std::cin, task);
  bool good = true;
  forecost::trainer::run_task(task, [&good](const nlohmann::json& line) {
    good = good && !line.contains("failure");
    std::cout << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
  });
  return good ? 0 : 1;
}
