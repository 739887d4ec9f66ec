#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Are all sources as .clang-format says? Only clang-format 14 gives the answer: other versions lay code out differently.
set -eu
cd "$(dirname "$0")/.."
for program in clang-format-14 clang-format; do
  if "$program" --version 2>/dev/null | grep -q 'version 14\.'; then
    git ls-files -z --cached --others --exclude-standard -- '*.cpp' '*.h' ':!third_party' |
      xargs -0 "$program" --dry-run --Werror
    exit
  fi
done
echo 'skipped: clang-format 14 is not installed'
exit 77
