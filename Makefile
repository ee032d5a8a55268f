# The one door to aasim. `make help` lists the targets; docs/building.md explains variants and variables.
#
# A variant is a compiler and a set of flags with its own tree under build/. Objects follow the flags: when these
# change (CI=true, CC=clang, CFLAGS=...), what they touch is built again. The targets at the bottom only choose a
# variant and call this file once more.

VARIANT ?= release
CC = gcc
PYTHON := /usr/bin/python3
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
CI ?=
V ?=

# All cores unless -j says otherwise (also for the variants built by a nested call).
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(JOBS)
endif
MAKEFLAGS += --no-print-directory --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# ---- flags ---------------------------------------------------------------------------------------

FLAGS_release := -O2 -DAASIM_CHECKS=0
FLAGS_mpi = $(FLAGS_release) -DAASIM_MPI
FLAGS_debug := -O0 -g3 -DAASIM_CHECKS=2
FLAGS_test := -O2 -DAASIM_CHECKS=1
FLAGS_clang := -O2 -DAASIM_CHECKS=1
FLAGS_clang-debug := -O0 -g3 -DAASIM_CHECKS=2
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_asan-gcc := -O1 -DAASIM_CHECKS=2 $(SANITIZE)
FLAGS_asan-clang := -O1 -DAASIM_CHECKS=2 $(SANITIZE)
# The tests' own files, where compiling them well takes longer than it saves.
TEST_FLAGS_asan-gcc := -O0
TEST_FLAGS_asan-clang := -O0
FLAGS_tsan := -O1 -DAASIM_CHECKS=1 -fsanitize=thread
FLAGS_fuzz := -O1 -DAASIM_CHECKS=1 -fsanitize=fuzzer-no-link,address,undefined \
    -fno-sanitize-recover=all
ifneq ($(filter asan-clang clang clang-debug tsan fuzz,$(VARIANT)),)
override CC = clang
endif

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
    -Wswitch-enum -Wvla -Wundef -Wdouble-promotion -Wformat=2
ifneq ($(findstring clang,$(CC)),)
WARNINGS += -Wno-format-nonliteral # clang means functions that pass a va_list on; gcc does not
endif
# Sanitizers confuse gcc's warnings about strings: there they stay warnings.
ifneq ($(filter-out 0 false,$(CI)),)
ifeq ($(findstring -fsanitize,$(FLAGS_$(VARIANT))),)
WARNINGS += -Werror
endif
endif

LIBRARIES := hdf5 gsl yaml-0.1 jansson libxxhash
# System headers: warnings are for our own.
LIB_CFLAGS := $(subst -I/,-isystem /,$(shell pkg-config --cflags $(LIBRARIES) 2>/dev/null))
# Dimension scales are in HDF5's high-level library, which has no package file of its own on Debian.
LIB_LDLIBS := -lhdf5_hl $(shell pkg-config --libs $(LIBRARIES) 2>/dev/null) -lm
ifeq ($(VARIANT),mpi)
LIB_CFLAGS += $(subst -I/,-isystem /,$(shell pkg-config --cflags ompi-c 2>/dev/null))
LIB_LDLIBS += $(shell pkg-config --libs ompi-c 2>/dev/null)
endif
TEST_LDLIBS := -lcriterion

VERSION := 1.0.0
CPPFLAGS_ALL := -D_POSIX_C_SOURCE=200809L -DAASIM_VERSION='"$(VERSION)"' -Isim $(LIB_CFLAGS) $(CPPFLAGS)
CFLAGS_ALL := -std=c17 -g -ffp-contract=off -fno-fast-math $(FLAGS_$(VARIANT)) $(WARNINGS) \
    -fopenmp $(CFLAGS)
LINK = $(CC) $(CFLAGS_ALL) $(LDFLAGS)

# ---- what is built -------------------------------------------------------------------------------

OUT := build/$(VARIANT)
LIB_SOURCES := $(filter-out sim/cli/%,$(wildcard sim/*/*.c))
ENGINE_SOURCES := $(filter sim/base/% sim/engine/%,$(LIB_SOURCES))
CLI_SOURCES := $(filter-out sim/cli/main.c,$(wildcard sim/cli/*.c))
SUPPORT_SOURCES := $(wildcard tests/support/*.c)
# Criterion programs, one a file; plain programs with a main of their own.
TEST_SOURCES := $(wildcard tests/unit/*/test_*.c tests/*/test_*.c)
MAIN_SOURCES := $(wildcard tests/threads/*.c tests/determinism/digests.c)
BENCH_SOURCES := $(wildcard tests/bench/*.c)
FUZZ_SOURCES := $(wildcard tests/fuzz/fuzz_*.c)
PLANTED_SOURCES := $(wildcard tests/tools/planted/*.c)

objects = $(patsubst %.c,$(OUT)/%.o,$(1))
programs = $(patsubst %.c,$(OUT)/%,$(1))
LIBRARY := $(OUT)/libaasim.a
ENGINE_LIBRARY := $(OUT)/libaasim-engine.a
CLI_LIBRARY := $(OUT)/libcli.a
SUPPORT_LIBRARY := $(OUT)/libsupport.a
ARCHIVES := $(SUPPORT_LIBRARY) $(CLI_LIBRARY) $(LIBRARY)
COMMAND := $(OUT)/aasim
BENCH := $(OUT)/tests/bench/bench
# ONLY=text keeps the tests whose path contains it; without it, or for scripts, the command is needed too.
# SKIP='text ...' leaves out those whose path contains one of them.
ONLY ?=
SKIP ?=
containing = $(foreach p,$(1),$(if $(findstring $(2),$(p)),$(p)))
only = $(if $(ONLY),$(call containing,$(1),$(ONLY)),$(1))
keep = $(strip $(filter-out $(foreach s,$(SKIP),$(call containing,$(1),$(s))),$(call only,$(1))))
TESTS := $(call keep,$(call programs,$(TEST_SOURCES)))
SCRIPTS := $(call keep,$(filter-out tests/tools/% tests/support/%,$(wildcard tests/*/test_*.py tests/*/test_*.sh \
    tests/*/test_*.bats)))

ifneq ($(V),)
say = @:
Q :=
else
say = @printf '%-5s %s\n'
Q := @
endif

# Files that are rewritten only when what they hold changes: objects follow the flags they were made with, an
# archive follows the list of its members.
FLAGS_FILE := $(OUT)/flags
MEMBERS_FILE := $(OUT)/members
# What results depend on beside their inputs: a digest of the sources of the model and all below it.
hash := \#
MODEL_FILE := $(OUT)/model_version.h
MODEL_DIGEST = $(shell cat $(sort $(wildcard $(foreach f,base measure engine model scenario,sim/$(f)/*.[ch]))) | \
    sha256sum | cut -c1-12)
remember = $(if $(filter-out x$(strip $(file <$(1)))x,x$(strip $(2))x),$(file >$(1),$(2)))
ifeq ($(filter help clean distclean packages,$(MAKECMDGOALS)),)
$(shell mkdir -p $(OUT))
$(call remember,$(FLAGS_FILE),$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(TEST_FLAGS_$(VARIANT)) $(LDFLAGS) $(LIB_LDLIBS))
$(call remember,$(MEMBERS_FILE),$(LIB_SOURCES) $(CLI_SOURCES) $(SUPPORT_SOURCES))
$(call remember,$(MODEL_FILE),$(hash)define AASIM_MODEL_VERSION "$(VERSION)+$(MODEL_DIGEST)")
endif

$(OUT)/%.o: %.c $(FLAGS_FILE)
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) -I$(OUT) $(if $(filter tests/%,$<),-Itests) $(CFLAGS_ALL) \
	    $(if $(filter $(TEST_SOURCES),$<),$(TEST_FLAGS_$(VARIANT))) -MMD -MP -c -o $@ $<

define archive
$(1): $(2) $(MEMBERS_FILE)
	$$(say) AR $$@
	$$(Q)rm -f $$@ && ar rcsD $$@ $$(filter %.o,$$^)
endef
$(eval $(call archive,$(LIBRARY),$(call objects,$(LIB_SOURCES))))
$(eval $(call archive,$(ENGINE_LIBRARY),$(call objects,$(ENGINE_SOURCES))))
$(eval $(call archive,$(CLI_LIBRARY),$(call objects,$(CLI_SOURCES))))
$(eval $(call archive,$(SUPPORT_LIBRARY),$(call objects,$(SUPPORT_SOURCES))))

$(COMMAND): $(OUT)/sim/cli/main.o $(CLI_LIBRARY) $(LIBRARY)
	$(say) LINK $@
	$(Q)$(LINK) -o $@ $^ $(LIB_LDLIBS)

# Two hundred tests are linked in half the time by gold, where there is one.
TEST_LDFLAGS := $(if $(shell command -v ld.gold),-fuse-ld=gold)
# Line 1 of a test may say "// link: FLAGS".
extra_flags = $(shell sed -n '1s|^// link: *||p' $(1))
link_program = $(LINK) $(TEST_LDFLAGS) -o $@ $@.o $(ARCHIVES) $(2) $(LIB_LDLIBS) $(call extra_flags,$(1))

$(call programs,$(TEST_SOURCES) $(filter tests/tools/planted/test_%,$(PLANTED_SOURCES))): \
    $(OUT)/%: $(OUT)/%.o $(ARCHIVES)
	$(say) LINK $@
	$(Q)$(call link_program,$*.c,$(TEST_LDLIBS))
$(call programs,$(MAIN_SOURCES) $(filter-out tests/tools/planted/test_%,$(PLANTED_SOURCES))): \
    $(OUT)/%: $(OUT)/%.o $(ARCHIVES)
	$(say) LINK $@
	$(Q)$(call link_program,$*.c)
$(call programs,$(FUZZ_SOURCES)): $(OUT)/%: $(OUT)/%.o $(ARCHIVES)
	$(say) LINK $@
	$(Q)$(call link_program,$*.c,-fsanitize=fuzzer)

# One program of many files; allocations are counted (tests/support/allocations.h).
$(BENCH): $(call objects,$(BENCH_SOURCES)) $(ARCHIVES)
	$(say) LINK $@
	$(Q)$(LINK) -o $@ $^ -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc $(LIB_LDLIBS)

-include $(patsubst %.o,%.d,$(call objects,$(wildcard sim/*/*.c) $(SUPPORT_SOURCES) $(TEST_SOURCES) \
    $(MAIN_SOURCES) $(BENCH_SOURCES) $(FUZZ_SOURCES) $(PLANTED_SOURCES)))

# ---- inner targets: work in one variant, called by those below -----------------------------------

variant = $(MAKE) VARIANT=$(1)
RUN_TESTS = $(PYTHON) tests/tools/run_tests.py --jobs $(JOBS) --build $(OUT)

.PHONY: command engine compiled tests digests run-tests run-sanitized run-threads bench-run fuzz-run
command: $(COMMAND)
engine: $(ENGINE_LIBRARY)
# All that tests are made of, compiled; linked is the command only.
compiled: $(call objects,$(TEST_SOURCES) $(MAIN_SOURCES) $(BENCH_SOURCES)) $(SUPPORT_LIBRARY) $(COMMAND)
tests: $(TESTS) $(if $(ONLY),$(if $(SCRIPTS),$(COMMAND)),$(COMMAND)) $(if $(filter tests/bench/%,$(SCRIPTS)),$(BENCH)) \
    $(if $(filter tests/analysis/%,$(SCRIPTS)),$(OUT)/tests/unit/results/test_resultfile) # writes their samples

DIGESTS := tests/determinism/digests
digests: $(OUT)/$(DIGESTS)

run-tests: tests
	@$(RUN_TESTS) $(TESTS) $(SCRIPTS)

# Criterion hides what sanitizers print and a leaking test passes: they write logs, and any log is a failure.
run-sanitized: tests $(call programs,$(filter tests/tools/planted/test_%,$(PLANTED_SOURCES)))
	@$(PYTHON) tests/tools/sanitizers_alive.py address $(OUT)
	@$(RUN_TESTS) --sanitizer-logs $(OUT)/logs $(TESTS) $(filter tests/cli/test_study% tests/cli/test_usage%,$(SCRIPTS))

THREADS := $(call programs,$(filter tests/threads/%,$(MAIN_SOURCES)))
run-threads: $(THREADS) $(call programs,$(filter-out tests/tools/planted/test_%,$(PLANTED_SOURCES)))
	@$(PYTHON) tests/tools/sanitizers_alive.py thread $(OUT)
	@$(RUN_TESTS) --sanitizer-logs $(OUT)/logs $(THREADS)

bench-run: $(BENCH)
	@$(BENCH) $(BENCH_ARGS)

FUZZ_SECONDS ?= 60
fuzz-run: $(call programs,$(FUZZ_SOURCES))
	@for f in $^; do mkdir -p $(OUT)/corpus/$$(basename $$f); \
	    $$f -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$(OUT)/ $(OUT)/corpus/$$(basename $$f) \
	        topologies workloads analysis/studies tests/cli/tiny || exit 1; done

# ---- the targets -----------------------------------------------------------------------------------

.PHONY: help all build mpi debug packages demo test check asan asan-gcc asan-clang tsan clang conventions docs format \
    determinism builds validate cluster golden-update steering-study store-study sweep-study notebooks fuzz bench install install-engine clean distclean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' Makefile
	@echo "Variables: CC=clang  JOBS=n  V=1 (show commands)  ONLY=text, SKIP='text ...' (tests)  CI=true (warnings are errors)"

all: command engine ## the command build/aasim, libaasim.a and libaasim-engine.a (release)
	@ln -sfn release/aasim build/aasim

build: all ## the same

mpi: ## with MPI (OpenMPI; installs libopenmpi-dev), for 'sweep run --mpi': build/mpi/aasim
	@.ci/install-packages libopenmpi-dev openmpi-bin
	+@$(call variant,mpi) command

debug: ## unoptimised, all assertions: build/debug/aasim
	+@$(call variant,debug) command

packages: ## install the distribution packages that are missing
	@.ci/install-packages

demo: packages ## install, build, compare four designs, draw the figures: about a minute
	@$(MAKE) all
	@tests/tools/demo

test: packages ## install, build and run all tests
	+@$(if $(ONLY),,$(call variant,release) all)
	+@$(call variant,test) run-tests

check: ## everything that CI runs
	@.ci/run

asan: ## tests under address and undefined-behaviour sanitizers, gcc and clang
	+@$(call variant,asan-gcc) run-sanitized
	+@$(call variant,asan-clang) run-sanitized

asan-gcc: ## the same, gcc only
	+@$(call variant,asan-gcc) run-sanitized

asan-clang: ## the same, clang only
	+@$(call variant,asan-clang) run-sanitized

tsan: ## thread programs under the thread sanitizer (clang, libomp)
	+@$(call variant,tsan) run-threads

clang: ## everything built by clang, tests run
	+@$(call variant,clang) run-tests

conventions: ## headers alone, symbols, globals, floors, lengths, format
	+@$(call variant,test) tests command
	@$(PYTHON) tests/tools/conventions.py build/test

docs: ## write docs/model.md anew from the comments of the model's headers
	@$(PYTHON) tests/tools/model_doc.py

format: ## rewrite the C sources in the project's format
	@clang-format -i $$(find sim tests docs -name '*.[ch]')

determinism: packages ## the long determinism matrix, and many digests from all builds
	+@AASIM_LONG=1 $(call variant,test) run-tests ONLY=tests/determinism/
	+@AASIM_LONG=1 $(MAKE) builds

BUILDS := debug test clang-debug clang
builds: ## the same digests from gcc and clang, unoptimised and optimised
	+@for v in $(BUILDS); do $(MAKE) VARIANT=$$v digests || exit 1; done
	@$(PYTHON) tests/tools/compare_builds.py $(BUILDS:%=build/%/$(DIGESTS))

validate: packages ## the long validation against closed forms
	+@AASIM_LONG=1 $(call variant,test) run-tests ONLY=tests/validation/

cluster: packages mpi ## a sweep under MPI, and on Slurm's own daemons, on this machine alone: needs root, installs slurm-wlm
	@$(MAKE) all
	@tests/cluster/mpi.sh
	@tests/cluster/slurm.sh

golden-update: ## show how results differ from the stored ones, ask, store the new ones
	+@$(call variant,test) tests
	@tests/tools/golden-update build/test

steering-study: packages ## rank the steering designs under three plans, with a notebook: some minutes, in build/steering
	@$(MAKE) all
	@analysis/steering_study.sh build/steering

store-study: packages ## rank the stores under three plans, with a notebook: some minutes, in build/stores
	@$(MAKE) all
	@analysis/store_study.sh build/stores

sweep-study: packages ## sweep TTL, health-check interval and headroom of three designs, with a notebook: ten minutes, in build/sweep
	@$(MAKE) all
	@analysis/sweep_study.sh build/sweep

notebooks: packages ## execute the notebooks headless, into build/notebooks
	@$(MAKE) all
	@tests/tools/notebooks build/notebooks

fuzz: ## feed the loader random input (clang, libFuzzer; FUZZ_SECONDS=60 a target)
	+@$(call variant,fuzz) fuzz-run

bench: ## benchmarks: tables, and build/bench/*.csv (BENCH_ARGS='--quick --only phold', --list)
	+@$(call variant,release) bench-run

install: ## install command, libraries, headers, topologies and workloads under PREFIX (DESTDIR honoured)
	+@$(call variant,release) all
	@.ci/install-files '$(DESTDIR)' '$(PREFIX)' '$(VERSION)'

install-engine: ## install the engine alone: its library, headers, pkg-config file; needs neither HDF5 nor YAML
	$(if $(filter command line,$(origin VARIANT)),$(if $(filter release,$(VARIANT)),,$(error what is installed is the release build, not '$(VARIANT)': docs/engine.md says how to use another)))
	+@$(call variant,release) engine
	@.ci/install-engine-files '$(DESTDIR)' '$(PREFIX)' '$(VERSION)'

clean: ## remove what was built
	rm -rf build

distclean: clean ## remove everything that is not source
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find . -name .ipynb_checkpoints -type d -prune -exec rm -rf {} +
