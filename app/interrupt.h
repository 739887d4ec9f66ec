// SPDX-License-Identifier: Apache-2.0
/// Ctrl-C as a question that long work asks, instead of an end.
#pragma once

namespace forecost::app {

/// From now on the first SIGINT and every SIGTERM only sets a flag; a second SIGINT ends the program at once.
/// (Batch systems may send SIGTERM twice before they kill.)
void watch_for_interrupts();
/// Whether one came.
bool interrupted();

}  // namespace forecost::app
