// SPDX-License-Identifier: Apache-2.0
#include "forecost/report/report.h"

#include "forecost/report/formats.h"

namespace forecost::report {

Result<Format> parse_format(std::string_view text) {
  if (text == "table") return Format::table;
  if (text == "json") return Format::json;
  if (text == "csv") return Format::csv;
  if (text == "markdown") return Format::markdown;
  return Error{Fault::bad_input, "there is no output format '" + std::string(text) + "'", "--format",
               "choose table, json, csv or markdown"};
}

std::string render(std::span<const Report> reports, const Style& style) {
  if (style.format == Format::json) return render_json(reports);
  if (style.format == Format::csv) return render_csv(reports);
  std::string text;
  for (const Report& report : reports) {
    if (!text.empty()) text += "\n";
    text += style.format == Format::markdown ? render_markdown(report) : render_terminal(report, style);
  }
  return text;
}

std::string render(const Report& report, const Style& style) {
  return render(std::span<const Report>(&report, 1), style);
}

}  // namespace forecost::report
