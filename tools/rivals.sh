#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tools/rivals.sh [BUILD]: Optuna and BoTorch in BUILD/venv-rivals (default build), for studies that compare with them.
# Optuna's GP sampler and BoTorch need torch: the system's one is used where it is installed (Debian: python3-torch).
set -eu
cd "$(dirname "$0")/.."
venv=${1:-build}/venv-rivals
python=/usr/bin/python3
[ -x "$python" ] || python=python3
[ -x "$venv/bin/python" ] || "$python" -m venv --system-site-packages "$venv"
"$venv/bin/python" -c 'import optuna, scipy' 2>/dev/null ||
  "$venv/bin/pip" install --quiet 'optuna>=4' 'scipy<1.12' 'numpy<2'
if ! "$venv/bin/python" -c 'import torch' 2>/dev/null; then
  printf 'rivals: no torch, so no Optuna GP and no BoTorch (Debian: apt-get install python3-torch)\n' >&2
  exit 0
fi
# The last versions that take torch 1.13; without dependencies, which would fetch another torch.
"$venv/bin/python" -W ignore -c 'import botorch' 2>/dev/null ||
  "$venv/bin/pip" install --quiet --no-deps 'botorch==0.9.5' 'gpytorch==1.11' 'linear_operator==0.5.1' \
    'pyro-ppl==1.8.4' pyro-api opt_einsum multipledispatch 'jaxtyping<0.2.20' 'typeguard<3' 'scikit-learn<1.4' \
    joblib threadpoolctl
