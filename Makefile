# What people and CI type. Each target brings what it needs; a second run does only what changed.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup build models demo test test-asan test-tsan fuzz soak bench bench-cloning check format tidy clean

JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 60
SOAK_JOBS ?= 20
CTEST := ctest --output-on-failure --no-tests=error -j $(JOBS)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 15

setup: ## install what is missing: apt packages, .venv (needs root or sudo only then)
	@tools/setup.sh build

build: setup ## build/troupe and the tests
	@cmake --preset release --log-level=NOTICE
	@cmake --build build -j $(JOBS)

models: setup ## fetch and prepare the models (about 500 MB)
	@.venv/bin/python tools/fetch_models.py

demo: build models ## dub a real conversation into two languages -> demo-out/
	@.venv/bin/python demo/run.py

test: build models ## every test and check; what CI runs
	@$(CTEST) --test-dir build

test-asan: setup ## tests under AddressSanitizer and UBSan, with fakes instead of OpenVINO
	@cmake --preset asan --log-level=NOTICE
	@cmake --build build-asan -j $(JOBS)
	@ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1 \
	  $(CTEST) --test-dir build-asan -LE frame

test-tsan: setup ## tests under ThreadSanitizer, with fakes instead of OpenVINO
	@cmake --preset tsan --log-level=NOTICE
	@cmake --build build-tsan -j $(JOBS)
	@TSAN_OPTIONS="halt_on_error=1:suppressions='$(CURDIR)/tests/tsan.supp'" \
	  $(CTEST) --test-dir build-tsan -LE frame

fuzz: setup ## fuzz the readers, FUZZ_SECONDS each (60)
	@tools/setup.sh fuzz
	@cmake --preset fuzz --log-level=NOTICE
	@cmake --build build-fuzz --target fuzzers -j $(JOBS)
	@tools/fuzz.sh build-fuzz $(FUZZ_SECONDS)

soak: build models ## SOAK_JOBS jobs one after another (20): memory, disk and temp files must not grow
	@.venv/bin/python bench/soak.py --jobs $(SOAK_JOBS)

bench: build models ## speed, intelligibility and the independent judge, on stored scenarios
	@tools/setup.sh bench
	@.venv-bench/bin/python bench/scenarios.py
	@.venv-bench/bin/python bench/wer.py
	@.venv-bench/bin/python bench/rtf.py

bench-cloning: build models ## likeness of clones: people, languages, recordings, words, cost (an hour and a half)
	@tools/setup.sh bench
	@.venv-bench/bin/python bench/cloning.py

check: setup ## the frame's rules alone: layers, lengths, paths, format, and that they can fail
	@.venv/bin/python tools/check_layers.py
	@.venv/bin/python tools/check_lengths.py
	@.venv/bin/python tools/check_paths.py
	@tools/check_format.sh
	@.venv/bin/python -m unittest discover --quiet --start-directory tests/frame

format: setup ## rewrite our C++ in the project's format
	@find src include tests bench -name '*.[ch]pp' -exec clang-format-14 -i {} +

tidy: build ## clang-tidy; FILES=... or else what differs from the branch's upstream, ALL=1 for all
	@tools/setup.sh tidy
	@tools/tidy.sh $(if $(ALL),--all) $(FILES)

clean: ## remove builds and outputs; models, voices and .venv stay
	@rm -rf build build-asan build-tsan build-fuzz build-dev demo-out bench-out
