#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tools/rivals.sh [BUILD]: Optuna in BUILD/venv-rivals (default build), for studies that compare with it.
# Its GP sampler needs torch: the system's one is used where it is installed (Debian: python3-torch).
set -eu
cd "$(dirname "$0")/.."
venv=${1:-build}/venv-rivals
python=/usr/bin/python3
[ -x "$python" ] || python=python3
[ -x "$venv/bin/python" ] || "$python" -m venv --system-site-packages "$venv"
"$venv/bin/python" -c 'import optuna, scipy' 2>/dev/null ||
  "$venv/bin/pip" install --quiet 'optuna>=4' 'scipy<1.12' 'numpy<2'
"$venv/bin/python" -c 'import torch' 2>/dev/null ||
  printf 'rivals: no torch, so no Optuna GP (Debian: apt-get install python3-torch)\n' >&2
