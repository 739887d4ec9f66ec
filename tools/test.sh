#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every check, one after the other; none hides the next. The last line counts them all.
set -u
cd "$(dirname "$0")/.."
jobs=${JOBS:-2}
passed=0 failed=0 skipped=0

# check NAME COMMAND...: one check; exit status 77 means skipped.
check() {
  name=$1
  shift
  printf '\n== %s\n' "$name"
  "$@"
  status=$?
  case $status in
    0) passed=$((passed + 1)) ;;
    77) skipped=$((skipped + 1)) ;;
    *)
      failed=$((failed + 1))
      printf 'FAILED: %s\n' "$name"
      ;;
  esac
  return $status
}

attribute() { sed -n "s/.*<testsuite .*$1=\"\([0-9]*\)\".*/\1/p; s/^[[:space:]]*$1=\"\([0-9]*\)\".*/\1/p" "$2" | head -n 1; }

# run_tests FOLDER [CTEST OPTIONS]: adds the numbers of one ctest run.
run_tests() {
  folder=$1
  shift
  report=$PWD/$folder/tests.xml
  rm -f "$report"
  printf '\n== tests in %s %s\n' "$folder" "$*"
  ctest --test-dir "$folder" --parallel "$jobs" --output-on-failure --timeout 600 --output-junit "$report" "$@" |
    grep -vE '^ *(Start +[0-9]+:|[0-9]+/[0-9]+ Test .* Passed )'
  if [ ! -s "$report" ]; then
    failed=$((failed + 1))
    printf 'FAILED: ctest wrote no report in %s\n' "$folder"
    return
  fi
  tests=$(attribute tests "$report") bad=$(attribute failures "$report") left_out=$(attribute skipped "$report")
  disabled=$(attribute disabled "$report")
  left_out=$((left_out + disabled))
  passed=$((passed + tests - bad - left_out)) failed=$((failed + bad)) skipped=$((skipped + left_out))
}

# build_preset PRESET [TARGETS]: configures and builds; compiler output only where something is wrong.
build_preset() {
  log=build/$1.log
  targets=${2:+--target $2}
  if cmake --preset "$1" >"$log" 2>&1 && cmake --build --preset "$1" --parallel "$jobs" $targets >>"$log" 2>&1; then
    return 0
  fi
  grep -vE '^\[[0-9]+/[0-9]+\] (Building|Linking)' "$log" | tail -n 60
  return 1
}

# programs_of FOLDER STAGES...: test programs of the stages that have tests.
programs_of() {
  for stage in "$@"; do
    if ls tests/"$stage"/*.cpp >/dev/null 2>&1; then printf '%s_tests ' "$stage"; fi
  done
}

check format tools/format.sh
if check 'release build, warnings are errors, every header compiles alone' \
  build_preset release 'all all_verify_interface_header_sets'; then
  check 'networks exported by PyTorch' /usr/bin/python3 tools/export_networks.py build/exported
  run_tests build
fi

memory_programs=$(programs_of network layer record)
[ -f tests/fuzz/CMakeLists.txt ] && memory_programs="$memory_programs reader_fuzz"
if check 'address and undefined behaviour sanitizers build (clang)' build_preset asan "$memory_programs"; then
  run_tests build/asan -R '^(network|layer|record|fuzz)\.' -E '_NOT_BUILT$'
fi

thread_programs=$(programs_of device measurement search)
if check 'thread sanitizer build' build_preset tsan "$thread_programs"; then
  # Of the search stage what runs trials and keeps studies; strategies have no threads.
  run_tests build/tsan -E '_NOT_BUILT$' \
    -R '^(device\.|measurement\.|search\.(Loop|Command|SqliteStore|PostgresqlStore|Owner|Search/Store))'
fi

check 'clang-tidy' tools/tidy.sh

printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
