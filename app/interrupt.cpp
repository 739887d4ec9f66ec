// SPDX-License-Identifier: Apache-2.0
#include "app/interrupt.h"

#include <csignal>

namespace forecost::app {
namespace {

volatile std::sig_atomic_t asked = 0;

extern "C" void on_signal(int /*number*/) {
  asked = 1;
}

}  // namespace

void watch_for_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGTERM, &action, nullptr);
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
}

bool interrupted() {
  return asked != 0;
}

}  // namespace forecost::app
