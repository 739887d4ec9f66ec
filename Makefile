# SPDX-License-Identifier: Apache-2.0
# Everything a person types; CMake and its presets do the work. Compiler output and tools stay in build/.
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

help:  ## what there is (default)
	@sed -n 's/^\([a-z]*\):[^#]*## /  make \1|/p' Makefile | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'

bootstrap:  ## install what is missing (apt, PyPI into build/venv)
	@tools/bootstrap.sh build

build: bootstrap  ## build/bin/forecost
	@cmake --preset release $(if $(VERBOSE),,--log-level=WARNING) >/dev/null
	@cmake --build --preset release --parallel $(JOBS) --target forecost_app

trainer:  ## build/bin/forecost with the trainer of networks (libtorch)
	@tools/bootstrap.sh trainer
	@cmake --preset release -D FORECOST_WITH_TORCH=ON $(if $(VERBOSE),,--log-level=WARNING) >/dev/null
	@cmake --build --preset release --parallel $(JOBS) --target forecost_app

demo: build  ## calibrate this machine, forecast six networks, measure them, show the error
	@tools/demo.sh

test:  ## every check; the last line says how many passed
	@tools/bootstrap.sh test
	@JOBS=$(JOBS) tools/test.sh

bench:  ## NAME=x runs one benchmark; without NAME, what there is
	@JOBS=$(JOBS) tools/figures.sh bench $(NAME)

study:  ## NAME=x runs one study; without NAME, what there is
	@JOBS=$(JOBS) tools/figures.sh studies $(NAME)

format:  ## rewrite sources as .clang-format says
	@git ls-files -z --cached --others --exclude-standard -- '*.cpp' '*.h' ':!third_party' | xargs -0 clang-format -i

tidy:  ## clang-tidy on every source
	@JOBS=$(JOBS) TIDY_SECONDS=0 tools/tidy.sh

clean:  ## remove the build folder
	@rm -rf build

.PHONY: help bootstrap build trainer demo test bench study format tidy clean
