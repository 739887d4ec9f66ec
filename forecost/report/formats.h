// SPDX-License-Identifier: Apache-2.0
/// The writers behind render(), one per format.
#pragma once

#include <span>
#include <string>

#include "forecost/report/report.h"

namespace forecost::report {

/// Title, aligned facts, tables fitted to the style's width, warnings.
std::string render_terminal(const Report& report, const Style& style);
/// UTF-8; broken bytes in names become U+FFFD. Ends with a newline.
std::string render_json(std::span<const Report> reports);
/// RFC 4180, but lines end in "\n". `csv_table` of the first report decides.
std::string render_csv(std::span<const Report> reports);
/// GitHub tables; `|` in names is escaped.
std::string render_markdown(const Report& report);

}  // namespace forecost::report
