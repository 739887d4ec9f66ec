#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tools/figures.sh bench|studies [NAME]: builds and runs one; without NAME, lists what there is.
# x.cpp is built as bench_x or study_x; x.py runs in build/venv; both print RESULT lines.
set -eu
cd "$(dirname "$0")/.."
kind=$1
name=${2:-}
[ "$kind" = bench ] && word=bench || word=study

# The first sentence of a file's leading comment.
summary() {
  awk '/SPDX|^#!/ { next } !/^(\/\/|#|""")/ && text == "" { next }
       { sub(/^(\/\/\/|\/\/|#|""") */, ""); text = text (text == "" ? "" : " ") $0 }
       match(text, /\.( |""|$)/) { print substr(text, 1, RSTART); exit }' "$1"
}

if [ -z "$name" ]; then
  for file in "$kind"/*.cpp "$kind"/*.py; do
    case $file in
      *.cpp) grep -qs '^int main' "$file" || continue ;;
      *) [ -f "$file" ] || continue ;;
    esac
    stem=$(basename "$file")
    printf '  make %s NAME=%-16s %s\n' "$word" "${stem%.*}" "$(summary "$file")"
  done
  exit 0
fi

if [ -f "$kind/$name.py" ]; then
  make --no-print-directory build
  exec build/venv/bin/python "$kind/$name.py"
elif [ -f "$kind/$name.cpp" ]; then
  purpose=build
  [ "$name" != hyperpower ] || purpose=trainer
  tools/bootstrap.sh $purpose
  cmake --preset release >/dev/null
  case $name in
    synthetic | tables | proposal) tools/rivals.sh || printf 'no rivals beside this study\n' >&2 ;;
  esac
  cmake --build --preset release --parallel "${JOBS:-2}" --target "${word}_$name" forecost_app
  exec "build/bin/${word}_$name"
fi
printf 'error: there is no %s named %s\n  hint: make %s lists what there is\n' "$word" "$name" "$word" >&2
exit 2
