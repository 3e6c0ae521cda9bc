# SPDX-License-Identifier: GPL-2.0-or-later
# The extension for crash. Included by the Makefile. It is built only where crash and its defs.h are installed, against
# the crash that is: its version, its target and its gdb decide what defs.h declares.

CRASH         ?= crash
CRASH_INCLUDE ?= /usr/include
# Where `extend oomortem.so` looks, wherever crash itself was installed. Another PREFIX than a system's own gets it too,
# to be loaded by its path or with CRASH_EXTENSIONS=folder.
CRASH_EXTDIR  ?= $(if $(filter /usr /usr/local,$(PREFIX)),/usr/lib64,$(LIBDIR))/crash/extensions

HAVE_CRASH := $(and $(wildcard $(CRASH_INCLUDE)/crash/defs.h),$(shell command -v $(CRASH) 2>/dev/null))
PLUGIN     := $(if $(HAVE_CRASH),$(BUILD)/oomortem-crash/oomortem.so)

# Asked of crash when the extension is built, not at each make.
CRASH_VERSION = $(shell $(CRASH) --version 2>/dev/null </dev/null | sed -n 's/^crash \([0-9][^ ]*\).*/\1/p')
CRASH_GDB     = $(shell $(CRASH) --version 2>/dev/null </dev/null | sed -n 's/^GNU gdb (GDB) \([0-9]*\)\.\([0-9]*\).*/GDB_\1_\2/p')
CRASH_TARGET  = $(shell $(CRASH) --buildinfo 2>/dev/null </dev/null | sed -n 's/^ *build_target: *//p')

PLUGIN_LIBS ?= -lm

PLUGIN_SRC := $(sort $(wildcard plugin/*.c))
PLUGIN_OBJ := $(PLUGIN_SRC:%.c=$(BUILD)/%.o)

# -isystem: crash's header is not clean of the warnings that ours is.
PLUGIN_FLAGS = -isystem $(CRASH_INCLUDE) -D$(CRASH_TARGET) -D$(CRASH_GDB) -DOOM_CRASH_VERSION='"$(CRASH_VERSION)"' \
	       -DOOM_CRASH_TARGET='"$(CRASH_TARGET)"'

.PHONY: plugin check-crash check-crash-newer check-crash-live

plugin: $(PLUGIN)
	@$(if $(PLUGIN),:,echo 'plugin: crash or its defs.h is not installed (packages crash, crash-devel): not built')

$(PLUGIN_OBJ): $(BUILD)/plugin/%.o: plugin/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(PLUGIN_FLAGS) -MMD -MP -c -o $@ $<

# Only register_extension() and its like come from crash, which is there when the extension is loaded.
$(BUILD)/oomortem-crash/oomortem.so: $(PLUGIN_OBJ) $(BUILD)/liboomortem.a
	@mkdir -p $(@D)
	$(CC) -shared $(ALL_LDFLAGS) -Wl,-Bsymbolic,--exclude-libs,ALL,--as-needed,--gc-sections -o $@ $^ $(PKG_LIBS) $(PLUGIN_LIBS)

# For arm64 it can be compiled here, not run: headers of the libraries are this machine's, their code comes with crash's.
CC_ARM64 ?= aarch64-linux-gnu-gcc
.PHONY: plugin-arm64
plugin-arm64:
	@$(if $(HAVE_CRASH),:,echo 'plugin-arm64: crash or its defs.h is not installed'; exit 1)
	$(MAKE) BUILD=$(BUILD)/arm64 CC="$(CC_ARM64) -idirafter /usr/include -idirafter /usr/include/$(shell $(CC) -print-multiarch)" \
		CRASH_TARGET=ARM64 PKG_LIBS= PLUGIN_LIBS= $(BUILD)/arm64/oomortem-crash/oomortem.so

check-crash: plugin $(BUILD)/oomortem
	@OOMORTEM="$(abspath $(BUILD)/oomortem)" PLUGIN="$(abspath $(PLUGIN))" CRASH="$(CRASH)" tests/crash/run; status=$$?; \
		[ $$status -eq 77 ] || exit $$status

# The same with the crash of newer Debians, fetched into the lab's cache: they open kernels that Debian 12's cannot.
CRASH_SUITES ?= trixie sid
check-crash-newer:
	@for suite in $(CRASH_SUITES); do \
		folder=$$(tests/crash/newer $$suite) || continue; \
		$$folder/crash --version | sed -n '2p'; \
		$(MAKE) --no-print-directory -s -j$(shell nproc) BUILD=$(BUILD)/crash-$$suite CRASH=$$folder/crash CRASH_INCLUDE=$$folder/usr/include \
			check-crash || exit 1; \
	done

# In crash on a live guest's /proc/kcore. crash 8.0.2 dies there in a full session, so a newer Debian's.
check-crash-live:
	@folder=$$(tests/crash/newer $(firstword $(CRASH_SUITES))) || exit 0; \
	$(MAKE) --no-print-directory -s -j$(shell nproc) BUILD=$(BUILD)/crash-$(firstword $(CRASH_SUITES)) CRASH=$$folder/crash \
		CRASH_INCLUDE=$$folder/usr/include plugin && \
	tests/lab/live --crash $$folder --plugin $(BUILD)/crash-$(firstword $(CRASH_SUITES))/oomortem-crash/oomortem.so; \
	status=$$?; [ $$status -eq 77 ] || exit $$status

-include $(PLUGIN_OBJ:.o=.d)
