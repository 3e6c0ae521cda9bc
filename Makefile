# SPDX-License-Identifier: GPL-2.0-or-later
# oomortem. `make help` lists the targets. Everything that is built goes under $(BUILD).

BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc
LIBDIR  ?= $(PREFIX)/lib
VERSION := $(shell sed -n 's/.*OOMORTEM_VERSION "\(.*\)"/\1/p' include/oomortem/base.h)
SOMAJOR := $(firstword $(subst ., ,$(VERSION)))

# What a build contains: libdw (DWARF of a given vmlinux), jansson (case.json in), libarchive (archives and
# compressed logs), libsystemd (journal files). `make mini` leaves all out.
WITH_DW      ?= 1
WITH_JANSSON ?= 1
WITH_ARCHIVE ?= 1
WITH_SYSTEMD ?= 1
# Of the program alone: SQLite (batch, list, merge) and libseccomp (the walls around batch's workers).
WITH_SQLITE  ?= 1
WITH_SECCOMP ?= 1

CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 $(if $(WERROR),-Werror)
HARDEN  ?= -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2
DEFS    := -D_GNU_SOURCE -DOOM_WITH_DW=$(WITH_DW) -DOOM_WITH_JANSSON=$(WITH_JANSSON) \
	 -DOOM_WITH_ARCHIVE=$(WITH_ARCHIVE) -DOOM_WITH_SYSTEMD=$(WITH_SYSTEMD) \
	 -DOOM_WITH_SQLITE=$(WITH_SQLITE) -DOOM_WITH_SECCOMP=$(WITH_SECCOMP)

# A library is asked of pkg-config only once the set-up has run, so that `make demo` works on a bare machine.
PKGS    := libkdumpfile libaddrxlat libbpf libelf zlib libdeflate lzo2 libzstd $(if $(filter 1,$(WITH_DW)),libdw) \
	   $(if $(filter 1,$(WITH_JANSSON)),jansson) $(if $(filter 1,$(WITH_ARCHIVE)),libarchive) \
	   $(if $(filter 1,$(WITH_SYSTEMD)),libsystemd)
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS))
CLI_PKGS   := $(if $(filter 1,$(WITH_SQLITE)),sqlite3 $(if $(filter 1,$(WITH_SECCOMP)),libseccomp))
CLI_LIBS    = $(if $(CLI_PKGS),$(shell pkg-config --libs $(CLI_PKGS)))
# snappy has no .pc file.
PKG_LIBS   = $(if $(MINI),$(MINI_LIBS),$(shell pkg-config --libs $(PKGS)) -lsnappy)

# The small build takes into itself what a capture kernel's initramfs would otherwise have to carry as libraries, where
# the distribution has it as an archive; what is left is what libkdumpfile needs anyway.
archive_or_lib = $(or $(wildcard $(shell $(CC) -print-file-name=lib$(1).a)),-l$(1))
MINI_LIBS  = -lkdumpfile -laddrxlat $(call archive_or_lib,bpf) $(call archive_or_lib,elf) \
	     $(call archive_or_lib,deflate) -lz -llzo2 -lzstd -lsnappy

ALL_CFLAGS = -std=gnu17 -pthread $(CFLAGS) -fPIC -fvisibility=hidden $(WARN) $(HARDEN) $(SANITIZE) $(DEFS) -Iinclude -Isrc \
	     $(PKG_CFLAGS)
ALL_LDFLAGS = -pthread $(LDFLAGS) $(SANITIZE) -Wl,-z,relro,-z,now

LIB_SRC  := $(sort $(wildcard src/case/*.c src/image/*.c src/kernel/*.c src/log/*.c src/sos/*.c src/classify/*.c \
	    src/report/*.c src/open/*.c))
CLI_SRC  := $(sort $(wildcard src/cli/*.c))
BATCH_SRC := $(if $(filter 1,$(WITH_SQLITE)),$(sort $(wildcard src/batch/*.c)))
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/%.o)
CLI_OBJ  := $(CLI_SRC:%.c=$(BUILD)/%.o)
BATCH_OBJ := $(BATCH_SRC:%.c=$(BUILD)/%.o)
FUZZERS  := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
BENCHES  := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/bench/*.c)))
DAMAGE   := $(BUILD)/tests/damage/targets
UNIT     := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/unit/test_*.c)))

.PHONY: all demo check check-batch check-slurm check-unit unit-build damage lab lab-matrix bench san coverage fuzz fuzz-smoke fuzz-build mini lint install clean help setup setup-check setup-lab judge

all: $(BUILD)/oomortem $(BUILD)/liboomortem.so

help:
	@echo 'make            build the program and the library into $(BUILD)/'
	@echo 'make demo       install what the build needs, build, report on a real dump of samples/'
	@echo 'make check      install what the tests need, build, run all tests'
	@echo 'make damage     every sample cut off, with pages lost, bits flipped, lists made circular: the whole matrix'
	@echo 'make lab-matrix all kernels, platforms, scenarios and forms of a dump: tests/lab/RESULTS.md (hours)'
	@echo 'make judge      dumps of the lab against crash and drgn, logs against OOMAnalyser (tests/lab/PEERS.md)'
	@echo 'make lab        boot real kernels in QEMU, bring them to OOM, compare (LAB="--slice ci" for a part)'
	@echo 'make check-batch  200 inputs through batch: killed, resumed, two at once; speed'
	@echo 'make check-slurm  the array job of packaging/slurm on a real Slurm of one node, merged'
	@echo 'make bench      time and memory against crash, drgn and plain inflate'
	@echo 'make san        build with ASan and UBSan, run the tests'
	@echo 'make fuzz       libFuzzer over every parser (SECONDS=600 each, FUZZ="log case"); make fuzz-smoke: a short run'
	@echo 'make coverage   lines and branches that the tests reach (gcov)'
	@echo 'make plugin     the extension for crash, where crash is installed; make check-crash tests it, check-crash-newer in newer ones'
	@echo 'make lint       gcc and clang with -Werror, clang-tidy, cppcheck, clang-format'
	@echo 'make mini       the small build for a capture kernel: $(BUILD)/mini/oomortem'
	@echo 'make install    DESTDIR= PREFIX=$(PREFIX) LIBDIR=$(LIBDIR); make uninstall takes it away again'
	@echo 'make lab-units  the systemd units in a guest: a dump that is there, and one that comes'
	@echo 'make deb        Debian packages in $(BUILD)/deb (DEB_ARGS=-b: no source package); make rpm: RPMs'
	@echo 'make clean      remove $(BUILD)/'
	@echo 'switches        WITH_DW=0|1 (libdw)  WITH_JANSSON=0|1  WITH_ARCHIVE=0|1  WITH_SYSTEMD=0|1  WITH_SQLITE=0|1  WITH_SECCOMP=0|1  WERROR=1  BUILD=dir  CC=  CFLAGS='

# Set-up: packages that are missing, and nothing else.
setup:
	@packaging/setup build
setup-check:
	@packaging/setup build check
setup-lab:
	@packaging/setup build check lab

demo: setup
	@$(MAKE) --no-print-directory -s -j$(shell nproc) all
	@echo
	$(BUILD)/oomortem report samples/$(DEMO)
DEMO := 6.1-host.slim

# `make check` is what CI and a stranger run: set-up, then each part in turn, with one closing count.
check: setup-check
	@$(MAKE) --no-print-directory -s -j$(shell nproc) all unit-build
	@tests/run $(BUILD)

# The objects of fuzzers and bench too, so that a change of what they call is noticed.
unit-build: $(UNIT) $(DAMAGE) $(FUZZERS:=.o) $(BENCHES:=.o)

check-unit: unit-build
	@tests/run $(BUILD) unit

# Every sample damaged in every way, and how much of the verdict is left; also with the sanitizers:
# make damage BUILD=build/san, after make san.
damage: setup-check
	@$(MAKE) --no-print-directory -s -j$(shell nproc) all $(DAMAGE)
	tests/damage/run $(BUILD) --full

lab: setup-lab all mini
	tests/lab/run $(LAB)

check-batch: setup-check all
	@packaging/setup page
	tests/batch/run --build $(BUILD)

lab-matrix: setup-lab all mini
	@packaging/setup platforms
	tests/lab/run --matrix $(LAB)

# The array job of packaging/slurm on a Slurm of one node, made for it.
check-slurm: setup-check all
	@packaging/setup slurm
	tests/lab/slurm --build $(BUILD)

judge: setup-lab all
	@packaging/setup crash judge
	tests/lab/judge $(JUDGE)

bench: setup-lab all
	tests/bench/run $(BENCH)

san: setup-check
	@$(MAKE) --no-print-directory -s -j$(shell nproc) BUILD=$(BUILD)/san CFLAGS="-O1 -g -fno-omit-frame-pointer" HARDEN= \
		SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=undefined" all unit-build
	@ASAN_OPTIONS=detect_leaks=1 tests/run $(BUILD)/san

# libFuzzer, with ASan and UBSan: all fuzzers for SECONDS each, two at a time. The smoke run takes under six minutes.
SECONDS ?= 600
fuzz: setup-check
	@packaging/setup lint
	@$(MAKE) --no-print-directory -s -j$(shell nproc) BUILD=$(BUILD)/fuzz CC=clang CFLAGS="-O1 -g -fno-omit-frame-pointer" HARDEN= \
		SANITIZE="-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=undefined" fuzz-build
	@tests/fuzz/run $(BUILD)/fuzz $(SECONDS) $(FUZZ)
fuzz-smoke:
	@$(MAKE) --no-print-directory fuzz SECONDS=20
fuzz-build: $(BUILD)/oomortem $(FUZZERS) $(BUILD)/tests/fuzz/cut
$(BUILD)/tests/fuzz/cut: $(BUILD)/tests/fuzz/cut.o $(BUILD)/liboomortem.a
	$(CC) $(ALL_LDFLAGS) -o $@ $< $(BUILD)/liboomortem.a $(PKG_LIBS) -lm
$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/liboomortem.a
	$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $< $(BUILD)/liboomortem.a $(PKG_LIBS) -lm

# Lines and branches of src/ that the tests reach; the table ends with the total.
coverage: setup-check
	@$(MAKE) --no-print-directory -s -j$(shell nproc) BUILD=$(BUILD)/cov CFLAGS="-O0 -g --coverage" HARDEN= LDFLAGS=--coverage \
		all unit-build
	@tests/coverage $(BUILD)/cov

mini:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/mini MINI=1 WITH_DW=0 WITH_JANSSON=0 WITH_ARCHIVE=0 WITH_SYSTEMD=0 \
		WITH_SQLITE=0 WITH_SECCOMP=0 CFLAGS="-Os" LDFLAGS="$(LDFLAGS) -s -Wl,--gc-sections" $(BUILD)/mini/oomortem

lint: setup-check
	@packaging/setup lint
	@LINT_DEFS='$(DEFS)' tests/lint $(BUILD)

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The flags are an input of every object: changing a switch rebuilds.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CFLAGS) $(DEFS) $(HARDEN) $(SANITIZE) $(WARN)' | cmp -s - $@ || \
		echo '$(CC) $(CFLAGS) $(DEFS) $(HARDEN) $(SANITIZE) $(WARN)' > $@
FORCE:

$(BUILD)/liboomortem.a: $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/liboomortem.so: $(LIB_OBJ)
	$(CC) -shared -Wl,-soname,liboomortem.so.$(SOMAJOR) -Wl,--no-undefined $(ALL_LDFLAGS) -o $@.$(VERSION) $^ $(PKG_LIBS) -lm
	@ln -sf $(@F).$(VERSION) $@.$(SOMAJOR)
	@ln -sf $(@F).$(SOMAJOR) $@

# Its own allocations are watched: src/cli/memory.c.
MEMORY_WRAP = $(patsubst %,-Wl$(comma)--wrap=%,malloc calloc realloc reallocarray strdup strndup)
comma = ,
$(BUILD)/oomortem: $(CLI_OBJ) $(BATCH_OBJ) $(BUILD)/liboomortem.a
	$(CC) -pie $(ALL_LDFLAGS) $(MEMORY_WRAP) -o $@ $^ $(PKG_LIBS) $(CLI_LIBS) -lm

# For the tests.
$(BUILD)/batch.a: $(BATCH_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/batch.a $(BUILD)/liboomortem.a
	$(CC) $(ALL_LDFLAGS) -o $@ $< $(BUILD)/batch.a $(BUILD)/liboomortem.a $(PKG_LIBS) $(CLI_LIBS) -lm $(shell pkg-config --libs cmocka)

clean:
	rm -rf $(BUILD)

include plugin/plugin.mk
include packaging/install.mk

-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(BATCH_OBJ:.o=.d) $(UNIT:=.d) $(DAMAGE:=.d) $(wildcard $(BUILD)/tests/bench/*.d)
.SECONDARY:
