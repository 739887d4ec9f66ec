#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# clang-tidy on the sources, those of the newest commits first, for at most TIDY_SECONDS (default 300; 0: no bound).
# A source that passed is not checked again until it, a header or .clang-tidy changes.
set -eu
cd "$(dirname "$0")/.."
jobs=${JOBS:-2}
seconds=${TIDY_SECONDS:-300}
stamps=build/tidy/passed

if ! command -v clang-tidy >/dev/null 2>&1; then
  echo 'skipped: clang-tidy is not installed'
  exit 77
fi
mkdir -p "$stamps"
[ -f build/asan/compile_commands.json ] || cmake --preset asan >/dev/null
headers=$({ clang-tidy --version; cat .clang-tidy; git ls-files -z -- '*.h' ':!third_party' | xargs -0 cat; } | cksum | tr ' ' _)

sources() {
  {
    git log -n 40 --name-only --format= -- forecost app 2>/dev/null
    git ls-files -- forecost app
  } | grep '\.cpp$' | awk '!seen[$0]++'
}

todo=build/tidy/todo
: >"$todo"
for source in $(sources); do
  [ -f "$source" ] || continue
  stamp=$stamps/$(cksum <"$source" | tr ' ' _)-$headers
  [ -f "$stamp" ] || printf '%s %s\n' "$source" "$stamp" >>"$todo"
done

export DEADLINE=0
[ "$seconds" -eq 0 ] || DEADLINE=$(($(date +%s) + seconds))
status=0
# Each line of todo is one call: $0 is the source, $1 its stamp.
xargs -r -L 1 -P "$jobs" sh -c '
  if [ "$DEADLINE" -ne 0 ] && [ "$(date +%s)" -ge "$DEADLINE" ]; then exit 0; fi
  log=build/tidy/$(echo "$0" | tr / _).log
  if clang-tidy -p build/asan --quiet "$0" >"$log" 2>/dev/null; then touch "$1"; else cat "$log"; exit 1; fi
' <"$todo" || status=1

left=0
while read -r source stamp; do [ -f "$stamp" ] || left=$((left + 1)); done <"$todo"
total=$(sources | wc -l)
if [ "$status" -eq 0 ]; then
  echo "clang-tidy: $((total - left)) of $total sources clean, $left not reached in $seconds s"
fi
exit "$status"
