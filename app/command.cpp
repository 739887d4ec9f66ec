// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"

#include "app/peak.h"

namespace forecost::app {

void add_commands(CLI::App& program, Invocation& invocation) {
  add_inspect(program, invocation);
  add_zoo(program, invocation);
  add_calibrate(program, invocation);
  add_import(program, invocation);
  add_fit(program, invocation);
  add_compare_families(program, invocation);
  add_transfer(program, invocation);
  add_predict(program, invocation);
  add_measure(program, invocation);
  add_search(program, invocation);
  add_study(program, invocation);
  add_compress(program, invocation);
  add_cascade(program, invocation);
  add_split(program, invocation);
  add_devices(program, invocation);
  add_list(program, invocation);
  add_probe_peak(program, invocation);
}

std::string examples(const std::vector<std::string>& lines) {
  std::string text = "Examples:\n";
  for (const std::string& line : lines) text += "  " + line + "\n";
  return text;
}

}  // namespace forecost::app
