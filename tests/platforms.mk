# Where an emitted allocator runs: tests/platforms says what is checked, and how.
#   make test-platforms   everything that is not this machine, with what other files add to PLATFORM_TESTS
#   make test-cross       other CPUs and other C libraries, natively or emulated
#   make cross-NAME       one row of tests/platforms/platforms.list

.PHONY: test-platforms test-cross test-cross-long test-links test-pages test-platform-table platform-table deps-cross

# Other files add theirs; `make test` runs them too.
PLATFORM_TESTS += test-cross test-links test-pages test-platform-table
TEST_EXTRA     += $(if $(filter san,$(VARIANT)),,$(patsubst test-cross,test-cross-brief,$(PLATFORM_TESTS)))

PLATFORM_LIST := tests/platforms/platforms.list
PLATFORMS     := $(BUILD)/platforms

# $(call rows-of,TARGET): the names of its rows; $(call column,NAME,NUMBER): of a row.
rows-of = $(shell awk -F ' *[|] *' '$$7 == "$(1)" { print $$1 }' $(PLATFORM_LIST))
column  = $(shell awk -F ' *[|] *' '$$1 == "$(1)" { print $$$(2) }' $(PLATFORM_LIST))

# Zig's own cache of the C libraries that it compiles, and the headers of the musl that it brings.
export ZIG_GLOBAL_CACHE_DIR = $(CURDIR)/build/zig/cache
export ZIG_LOCAL_CACHE_DIR  = $(CURDIR)/build/zig/cache
ZIG_HEADERS = $(foreach part,aarch64-linux-musl generic-musl aarch64-linux-any any-linux-any,-isystem$(dir $(ZIG))lib/libc/include/$(part))

# What runs natively wants an x86-64.
CROSS_ROWS     := $(filter-out $(if $(filter x86_64,$(shell uname -m)),,linux-i386 linux-x86_64%),$(call rows-of,test-cross))
CROSS_PACKAGES  = $(sort $(foreach row,$(CROSS_ROWS),$(call column,$(row),8)))

deps-cross:
	$(call install-missing,$(CROSS_PACKAGES))

# ---- other CPUs and C libraries. An emulator's own faults may loop for ever, where no alarm of the program ends it.

build-of = $(patsubst zig,$(abspath $(ZIG)),$(subst $$(ZIG_HEADERS),$(ZIG_HEADERS),$(call column,$(1),9)))
run-of   = timeout -s KILL 120 $(call column,$(1),10)
LINK_FLAGS := -fuse-ld=% --ld-path=% -B% -L%

# The tables that between them have most of what is emitted: caches, firmware, growth in one thread, malloc, hardening.
CROSS_TABLES := config-tokio config-embedded none_grow_os shared_upstream_os full_one_os check_grow

$(PLATFORMS)/%/threads: $(THREADS)/threads.c $(THREADS_SRC) $(THREADS_PARTS) $(PLATFORM_LIST)
	@mkdir -p $(@D)
	$(call build-threads,$(call build-of,$*) -O2)

$(PLATFORMS)/%/on-malloc: $(THREADS)/frontend.c tests/threads/frontend.c $(THREADS_PARTS) $(PLATFORM_LIST)
	@mkdir -p $(@D)
	$(call build-on-malloc,$(call build-of,$*) -O2)

# $(call cross-cases,NAME,DRIVER FLAG...,UNDER,TABLES): without tables, all.
cross-cases = $(call flavour,cross-$(1),$(firstword $(2)),-O2 $(filter-out $(LINK_FLAGS),$(wordlist 2,99,$(2))),\
  LINKER='$(2)' $(if $(findstring musl,$(2)),CXX=musl-gcc) PLAIN=yes $(if $(findstring qemu,$(3)),TOOL=qemu-user) \
  UNDER='$(3)' $(if $(4),TABLES='$(4)'))

cross-narrow-%: $(NARROW_TESTS)
	$(call narrow,$*,$(call build-of,$*) -O2,$(call run-of,$*))

cross-%: export EMITTED_WITHOUT = $(call column,$*,11)
cross-%: emitted-tables $(PLATFORMS)/%/threads $(PLATFORMS)/%/on-malloc
	$(call cross-cases,$*,$(call build-of,$*),$(call run-of,$*),$(CROSS_TABLES))
	@$(call run-of,$*) $(PLATFORMS)/$*/threads --short $(if $(call column,$*,10),--slow) \
	  $(addprefix --without=,$(call column,$*,13))
	@$(call run-of,$*) $(PLATFORMS)/$*/on-malloc --short $(if $(call column,$*,10),--slow)
	@$(if $(filter narrow,$(call column,$*,12)),$(MAKE) -s --no-print-directory cross-narrow-$*)

test-cross: deps-cross emitted-tables ## emitted code on other CPUs and C libraries, emulated where need be
	@$(MAKE) -s --no-print-directory -j2 --output-sync=target $(CROSS_ROWS:%=cross-%) cross-loaded cross-strict

# What `make test` takes of it: ARM, short addresses, a big end and another C library.
BRIEF_ROWS := $(filter linux-i386 linux-x86_64-musl linux-aarch64 linux-armhf linux-s390x,$(CROSS_ROWS))

test-cross-brief:
	@$(MAKE) -s --no-print-directory test-cross CROSS_ROWS='$(BRIEF_ROWS)'

# Those whose C library Zig has to compile first, which takes half a minute of a processor each. Its linker wraps no
# functions, so without the cases.
long-%: $(PLATFORMS)/%/threads $(PLATFORMS)/%/on-malloc
	@$(call run-of,$*) $(PLATFORMS)/$*/threads --short --slow
	@$(call run-of,$*) $(PLATFORMS)/$*/on-malloc --short --slow

test-cross-long: $(ZIG) ## the same with the C libraries that Zig brings, minutes
	@$(call install-missing,qemu-user)
	@$(MAKE) -s --no-print-directory $(patsubst %,long-%,$(call rows-of,test-cross-long))

# ---- a library that is opened late, with musl

$(PLATFORMS)/musl/un.so: $(PROCESS)/shared/un.c tests/process/library.c
	@mkdir -p $(@D)
	musl-gcc -std=c11 -O2 -fPIC -shared $(WARN) -Werror -I$(<D) -o $@ $^

$(PLATFORMS)/musl/loaded: tests/platforms/loaded.c
	@mkdir -p $(@D)
	musl-gcc -std=c11 -O2 $(WARN) -Werror -o $@ $<

cross-loaded: $(PLATFORMS)/musl/un.so $(PLATFORMS)/musl/loaded
	@timeout -s KILL 60 $(PLATFORMS)/musl/loaded $< && echo 'ok 1 - a library that is opened late, with musl'

# ---- the source as a part of a file, after musl's headers, which hide from strict C what glibc's do not

STRICT_TABLES := none_grow_os full_one_os

strict-one = musl-gcc -std=c11 -O2 $(WARN) -Werror -I$(EMITTED)/tables -DHEADERS=$(2) -DPREFIX=$(1) \
             -D$(shell echo $(1) | tr a-z A-Z)_API=static '-DSOURCE="$(1).c"' -c -o /dev/null tests/emitted/links/strict.c

cross-strict: emitted-tables
	@$(foreach table,$(STRICT_TABLES),$(foreach headers,0 1,$(call strict-one,$(table),$(headers)) &&)) \
	  echo 'ok 1 - it can be included after headers of strict C, with musl'

# ---- systems that nothing here can run

LINK_OUTPUTS := tokio hardened malloc embedded
link-name     = $(shell sed -n 's/^name: *//p' configs/$(1).yaml)
link-one      = $(call build-of,$(1)) -std=c11 -O2 $(WARN) -Werror -I. -DPREFIX=$(call link-name,$(2)) \
                '-DHEADER="out/$(2)/allocator.h"' \
                $(if $(findstring only,$(findstring linked only,$(call column,$(1),5))),tests/platforms/link.c) \
                out/$(2)/allocator.c $(if $(filter -c,$(call build-of,$(1))),-c -o /dev/null,-o $(PLATFORMS)/link-$(1))

link-%: $(ZIG)
	@mkdir -p $(PLATFORMS)
	@$(foreach output,$(LINK_OUTPUTS),$(call link-one,$*,$(output)) && echo 'ok - $*: $(output)' &&) true

test-links: $(ZIG) ## emitted code compiled and linked for systems that nothing here can run
	@$(if $(ZIG),,echo 'npm is missing: it brings Zig' >&2; exit 1)
	@$(MAKE) -s --no-print-directory -j2 --output-sync=target $(patsubst %,link-%,$(call rows-of,test-links))

# ---- pages of 16 and 64 KiB, by a kernel that plays them (pages.c), and by the emulator

$(PLATFORMS)/pages-%.o: tests/platforms/pages.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -O2 $(filter-out -Wmissing-prototypes,$(WARN)) -Werror -DPAGE=$* -c -o $@ $<

.SECONDARY: $(addprefix $(PLATFORMS)/pages-,16384.o 65536.o)

PAGES_TABLES := config-tokio none_grow_os shared_upstream_os full_grow

# A fourth of a block is no page of 64 KiB, as that case has it.
pages-%: export EMITTED_WITHOUT = history does not reach
pages-%: emitted-tables $(PLATFORMS)/pages-%.o $(THREADS)/threads.c
	$(call flavour,pages-$*,gcc,-O2,PLAIN=yes EXTRA=$(PLATFORMS)/pages-$*.o TABLES='$(PAGES_TABLES)')

test-pages: ## emitted code on pages of 16 and 64 KiB
	@$(MAKE) -s --no-print-directory -j2 --output-sync=target pages-16384 pages-65536

# ---- the table of platforms

platform-table: ## print README's table of platforms from its list
	@tests/platforms/table.sh

test-platform-table:
	@tests/platforms/table.sh --check $(PLATFORM_TESTS)

# ---- all of it

test-platforms: ## emitted code on every platform that is not this machine
	+@MAKE='$(MAKE)' LOGS='$(BUILD)/tests' tests/run -- $(PLATFORM_TESTS)
