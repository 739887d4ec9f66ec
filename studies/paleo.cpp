// SPDX-License-Identifier: Apache-2.0
// Paleo as its authors computed it, and the sums of five networks that NeuralPower's paper prints.
#include <algorithm>
#include <cmath>
#include <iostream>

#include <fmt/format.h>

#include "forecost/report/figure.h"
#include "known_data.h"
#include "known_paleo.h"

int main() {
  using namespace forecost;
  using report::Figure;
  const auto file = studies::data_file("paleo/paleo_golden.csv");
  if (!file) {
    std::cout << report::absent_line("paleo.worst_row", "paleo/paleo_golden.csv is not in the data folder")
              << '\n';
    return 0;
  }
  const auto rows = studies::paleo_rows(*file);
  if (!rows) {
    std::cerr << "error: " << to_string(rows.error()) << '\n';
    return 1;
  }
  double worst = 0;
  for (const studies::PaleoRow& row : *rows) worst = std::max(worst, studies::paleo_error(row));
  std::cout << report::result_line({"paleo.rows", static_cast<double>(rows->size()), "rows"}) << '\n'
            << report::result_line({"paleo.worst_row", worst * 1e6, "ppm", Figure::Goal::at_most, 1}) << '\n';
  for (const studies::PaleoTotal& entry : studies::paleo_totals()) {
    const double total = studies::paleo_total_ms(*rows, entry.net);
    std::cout << fmt::format("{:<18} {:.4f} ms, printed {:.4f} ms\n", entry.net, total, entry.printed_ms)
              << report::result_line({"paleo." + entry.net + ".gap", std::abs(total - entry.printed_ms), "ms",
                                      Figure::Goal::at_most, 0.00005})
              << '\n';
  }
  return 0;
}
