#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing: Debian packages for the build, Python packages into build/venv.
# Usage: tools/bootstrap.sh [build|trainer|test|exports]
# build: compile and run; trainer: also libtorch; exports: also PyTorch, which writes real networks; test: all of that
# and the tools of the checks.
set -eu
cd "$(dirname "$0")/.."
purpose=${1:-build}

say() { printf '%s\n' "$*" >&2; }

apt_packages() {
  echo cmake ninja-build g++ git ca-certificates python3 python3-venv
  echo libeigen3-dev libfmt-dev nlohmann-json3-dev libcli11-dev libprotozero-dev
  echo libsqlite3-dev libsqlitecpp-dev libxgboost-dev libtomlplusplus-dev libmuparser-dev libpqxx-dev zlib1g-dev
  echo libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev
  optional_packages
  if [ "$purpose" = test ]; then
    echo clang clang-tidy clang-format postgresql slurm-wlm munge
    # The runtime of libFuzzer and the sanitizers carries the version of clang in its name.
    version=$(apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p' | head -n 1)
    if [ -n "$version" ]; then echo "libclang-rt-$version-dev"; fi
  fi
}

# What a system may lack: the trainer, and the tests on networks that PyTorch writes, are left out then.
optional_packages() {
  # OpenBLAS of OpenMP: libtorch's number of threads holds for it, too.
  case $purpose in trainer | test) echo libtorch-dev libopenblas0-openmp ;; esac
  case $purpose in exports | test) echo python3-torch python3-torchvision ;; esac  # 150 MB, 640 MB unpacked
}

# Names of optional packages that apt does not know are taken out of the list.
installable() {
  for package in "$@"; do
    if optional_packages | tr ' ' '\n' | grep -qx "$package" && ! apt-cache show "$package" >/dev/null 2>&1; then
      say "note: this system has no package $package; what needs it is left out"
    else
      echo "$package"
    fi
  done
}

missing_packages() {
  for package in $(apt_packages); do
    dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed$' || echo "$package"
  done
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null 2>&1; then
    sudo "$@"
  else
    say "error: these packages are missing and neither root nor sudo is here to install them:"
    say "  $missing"
    say "  hint: as root, run: apt-get install --no-install-recommends $missing"
    exit 1
  fi
}

install_packages() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    say "note: not a Debian or Ubuntu system; the build needs: $(apt_packages | tr '\n' ' ')"
    return
  fi
  missing=$(missing_packages | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  say "installing: $missing"
  as_root apt-get update -qq
  # shellcheck disable=SC2046
  missing=$(installable $(missing_packages) | tr '\n' ' ')  # apt-cache knows clang's version only now
  [ -n "$missing" ] || return 0
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
}

# The runtime that is measured, and the tools of tests and benchmarks. A venv that works is left alone.
install_python() {
  wanted=$(cksum <tools/requirements.txt)
  [ "$(cat build/venv/installed 2>/dev/null || true)" = "$wanted" ] && return 0
  say "installing into build/venv: $(grep -v '^#' tools/requirements.txt | tr '\n' ' ')"
  /usr/bin/python3 -m venv build/venv
  if build/venv/bin/pip install --quiet --disable-pip-version-check -r tools/requirements.txt >&2; then
    printf '%s\n' "$wanted" >build/venv/installed
  else
    say "warning: ONNX Runtime could not be installed; calibrate and measure will look for another one"
    say "  advice: check the network, or set FORECOST_ONNXRUNTIME to an onnxruntime library"
  fi
}

mkdir -p build
install_packages
install_python
