#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The story in one go: calibrate this machine, forecast six networks that were never measured, measure them, show the error.
# BUDGET (default 2min) is what calibration may spend.
set -eu
cd "$(dirname "$0")/.."
forecost=build/bin/forecost
folder=build/demo
networks='squeezenet1_1 mobilenet_v2 resnet18 densenet121 efficientnet_b0 bert_base'
# The runtime of build/venv is measured unless the user names another one.
FORECOST_HOME=$PWD/$folder/home
export FORECOST_HOME
if [ -z "${FORECOST_ONNXRUNTIME:-}" ]; then
  for library in "$PWD"/build/venv/lib/python3*/site-packages/onnxruntime/capi; do
    if [ -d "$library" ]; then
      FORECOST_ONNXRUNTIME=$library
      export FORECOST_ONNXRUNTIME
    fi
  done
fi
mkdir -p "$folder"

step() {
  printf '\n$ forecost'
  printf ' %s' "$@"
  printf '\n'
  "$forecost" "$@"
}

files=
for network in $networks; do
  file=$folder/$network.onnx
  [ -f "$file" ] || "$forecost" zoo "$network" -o "$file" >/dev/null
  files="$files $file"
done

step calibrate --budget "${BUDGET:-2min}" --threads 1 --on demo
# shellcheck disable=SC2086
step predict $files --on demo
step predict "$folder/mobilenet_v2.onnx" --on demo
# shellcheck disable=SC2086
step measure $files --compare --on demo
