// SPDX-License-Identifier: Apache-2.0
#include "settings.h"

#include <cstdlib>
#include <sstream>

namespace forecost::studies {

std::string setting(const char* name, const std::string& fallback) {
  const char* value = std::getenv(name);
  return value == nullptr ? fallback : value;
}

std::vector<std::string> listed(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, ',');) words.push_back(word);
  return words;
}

}  // namespace forecost::studies
