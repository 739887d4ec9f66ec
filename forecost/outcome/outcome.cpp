// SPDX-License-Identifier: Apache-2.0
#include "forecost/outcome/outcome.h"

#include <array>

namespace forecost {

std::string_view name_of(Fault fault) {
  static constexpr std::array<std::string_view, 7> names{
      "bad input", "unsupported", "not found", "permission", "exhausted", "failed", "interrupted"};
  return names.at(static_cast<std::size_t>(fault));
}

std::string to_string(const Error& error) {
  std::string text = error.what;
  if (!error.where.empty()) text += " (" + error.where + ")";
  if (!error.hint.empty()) text += "; " + error.hint;
  return text;
}

void broken_contract(const char* condition, const char* why, SourcePlace where) {
  throw BrokenContract(std::string(where.file) + ":" + std::to_string(where.line) + ": " + why + " [" +
                       condition + "]");
}

}  // namespace forecost
