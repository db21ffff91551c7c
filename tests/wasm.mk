# WebAssembly: what is emitted for `target: [wasm]`, run under node; tests/wasm/README.md says how.
#   make test-wasm                   all of it
#   make test-wasm WASM_ONLY='4 GiB' the cases whose names contain it

.PHONY: deps-wasm test-wasm wasm-cases wasm-model wasm-joined wasm-malloc wasm-cpp wasm-zig wasm-size

# The same programs whatever VARIANT is, so once.
ifneq ($(VARIANT),san)
PLATFORM_TESTS += test-wasm
endif

WASM       := $(BUILD)/wasm
WASM_ONLY  ?=
WASM_SEEDS ?= 60
NODE       ?= node

# clang's own runtime for wasm32 has the version of clang; Debian keeps the C library's parts in three folders.
WASM_PACKAGES = $(notdir $(CLANG)) lld wasi-libc libclang-rt-$(firstword $(subst ., ,$(shell $(CLANG) -dumpversion)))-dev-wasm32

deps-wasm:
	$(call install-missing,$(WASM_PACKAGES))
	@$(NODE) -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || \
	  { echo 'please install: node 20 or newer' >&2; exit 1; }

WASM_WARN := $(WARN) -Werror
# Without a C library, and with wasi-libc.
WASM_BARE := $(CLANG) --target=wasm32 -std=c11 -ffreestanding -nostdlib $(WASM_WARN)
WASM_WASI := $(CLANG) --target=wasm32-wasi -std=c11 -fno-builtin $(WASM_WARN)
WASM_CXX  := $(CLANG) --target=wasm32-wasi -x c++ -std=c++17 $(filter-out -Wstrict-prototypes -Wmissing-prototypes,$(WASM_WARN))

# ---- the cases of tests/emitted, and those of tests/wasm/memory.c, against each table

WASM_TABLES := grow limit fail os fail_os mixed large pools_256 ends
WASM_CASES  := $(patsubst %,$(WASM)/cases/%.o,main memory api sizes inline crimes blocks table)

$(WASM)/cases/%.o: tests/wasm/%.c tests/wasm/wasm.h $(wildcard tests/emitted/*.h) | deps-wasm
	@mkdir -p $(@D)
	$(WASM_WASI) -O1 -Itests/emitted -Itests/wasm -c -o $@ $<

$(WASM)/cases/%.o: tests/emitted/%.c $(wildcard tests/emitted/*.h) | deps-wasm
	@mkdir -p $(@D)
	$(WASM_WASI) -O1 -c -o $@ $<

# What is called has the table's prefix, and tells its faults to the cases.
define wasm-program
$(WASM)/$(1)/macros.h: $(EMITTED)/tables/wasm_$(1).c tests/wasm.mk
	@mkdir -p $$(@D)
	@prefix=wasm_$(1); upper=$$$$(echo $$$$prefix | tr a-z A-Z); \
	{ echo "#define PREFIX $$$$prefix"; echo "#define PREFIX_UPPER $$$$upper"; \
	  echo "#define $$$${upper}_FAULT(message) case_fault(message)"; \
	  echo "#define $$$${upper}_PASSTHROUGH 0"; echo "#define $$$${upper}_WATCH 0"; \
	  echo "#define HEADER \"wasm_$(1).h\""; echo "#define TABLE \"$(EMITTED)/tables/wasm_$(1).yaml\""; \
	  grep -q '^stats: counters' $(EMITTED)/tables/wasm_$(1).yaml && echo '#define COUNTERS'; \
	  echo 'void case_fault(const char *message);'; } >$$@

$(WASM)/$(1)/test.wasm: $(EMITTED)/tables/wasm_$(1).c $(WASM)/$(1)/macros.h $(WASM_CASES) tests/emitted/subject.c tests/emitted/constants.c
	$(WASM_WASI) -O2 -include $(WASM)/$(1)/macros.h -c -o $$(@D)/allocator.o $$<
	$(WASM_WASI) -O2 -I$(EMITTED)/tables -include $(WASM)/$(1)/macros.h -c -o $$(@D)/subject.o tests/emitted/subject.c
	$(WASM_WASI) -O2 -I$(EMITTED)/tables -include $(WASM)/$(1)/macros.h -DCONSTANTS=constants_c -c -o $$(@D)/constants_c.o tests/emitted/constants.c
	$(WASM_CXX) -O2 -I$(EMITTED)/tables -include $(WASM)/$(1)/macros.h -DCONSTANTS=constants_cpp -c -o $$(@D)/constants_cpp.o tests/emitted/constants.c
	$(CLANG) --target=wasm32-wasi -mexec-model=reactor -Wl,--import-memory -Wl,--max-memory=4294967296 \
	  -o $$@ $$(addprefix $$(@D)/,allocator.o subject.o constants_c.o constants_cpp.o) $(WASM_CASES)
endef
$(foreach table,$(WASM_TABLES),$(eval $(call wasm-program,$(table))))

$(WASM_TABLES:%=$(EMITTED)/tables/wasm_%.c): | emitted-tables ;

wasm-cases: $(WASM_TABLES:%=$(WASM)/%/test.wasm)
	@$(NODE) tests/wasm/cases.mjs '--only=$(WASM_ONLY)' $^

# ---- a model, of modules without a C library

WASM_MODELS := app few big

$(WASM)/app/table.yaml: configs/wasm.yaml
	@mkdir -p $(@D)
	@cp $< $@

$(WASM)/few/table.yaml: tests/wasm.mk
	@mkdir -p $(@D)
	@printf '%s\n' 'name: few' 'target: [wasm]' 'alignment: 8' 'grow_limit: 3MiB' 'pools:' \
	  '  - {size: 8, initial_count: 9}' '  - {size: 24, initial_count: 1}' '  - {size: 4096, initial_count: 1}' >$@

$(WASM)/big/table.yaml: configs/wasm.yaml
	@mkdir -p $(@D)
	@{ sed 's/^name: app/name: big/' $<; echo 'oversize: os'; } >$@

$(WASM)/%/allocator.c: $(WASM)/%/table.yaml $(POOLGEN)
	$(POOLGEN) -q -o $@ $<

$(WASM)/libc.o: tests/wasm/libc.c | deps-wasm
	$(WASM_BARE) -O1 -fno-builtin -c -o $@ $<

$(WASM_MODELS:%=$(WASM)/%/model.wasm): $(WASM)/%/model.wasm: $(WASM)/%/allocator.c $(WASM)/libc.o
	$(WASM_BARE) -O2 -Wl,--no-entry -Wl,--import-memory -Wl,--max-memory=4294967296 -D$(shell echo $* | tr a-z A-Z)_API='__attribute__((visibility("default")))' \
	  -Wl,--export-dynamic -o $@ $^

wasm-model: $(WASM_MODELS:%=$(WASM)/%/model.wasm)
	@for model in $(WASM_MODELS); do \
	  $(NODE) tests/wasm/model.mjs $$model $(WASM)/$$model/table.yaml $(WASM)/$$model/model.wasm $(WASM_SEEDS) || exit 1; done

$(WASM)/joined.o: tests/wasm/joined.c $(WASM)/app/allocator.c $(WASM)/few/allocator.c | deps-wasm
	$(WASM_BARE) -O2 -I$(WASM) -c -o $@ $<

wasm-joined: $(WASM)/joined.o
	@echo 'ok 1 - two outputs as parts of one file without a C library'

# ---- front ends: malloc under a program of wasi-libc, C++'s with libc++, Zig's without a C library

# $(call wasm-front,FOLDER,NAME,KEYS): the pools of configs/wasm.yaml under another name.
wasm-front = mkdir -p $(1); { sed 's/^name: app/name: $(2)/' configs/wasm.yaml; printf '%s\n' $(3); } >$(1)/table.yaml; \
  $(POOLGEN) -q -o $(1)/allocator.c $(1)/table.yaml

# Memory has a maximum, so that it ends.
$(WASM)/malloc/test.wasm: configs/wasm.yaml tests/wasm/malloc.c $(POOLGEN) | deps-wasm
	@$(call wasm-front,$(@D),wasmc,'emit: [malloc]')
	$(WASM_WASI) -O2 -I$(@D) -Wl,--max-memory=67108864 -o $@ tests/wasm/malloc.c $(@D)/allocator.c $(@D)/allocator-malloc.c

ZIG_WASM = ZIG_GLOBAL_CACHE_DIR=$(CURDIR)/$(WASM)/cache ZIG_LOCAL_CACHE_DIR=$(CURDIR)/$(WASM)/cache $(abspath $(ZIG))

$(WASM)/cpp/test.wasm: configs/wasm.yaml tests/wasm/fronts.cpp $(POOLGEN) $(ZIG)
	@$(call wasm-front,$(@D),wasmcpp,'oversize: os' 'emit: [cpp]')
	$(ZIG_WASM) c++ -target wasm32-wasi -std=c++17 -O2 -fno-exceptions -I$(@D) -c -o $(@D)/fronts.o tests/wasm/fronts.cpp
	$(WASM_WASI) -O2 -o $@ $(@D)/fronts.o $(@D)/allocator.c

$(WASM)/zig/test.wasm: configs/wasm.yaml tests/wasm/pools.zig $(WASM)/libc.o $(POOLGEN) $(ZIG)
	@$(call wasm-front,$(@D),wasmzig,'oversize: os' 'emit: [zig]')
	cp tests/wasm/pools.zig $(@D)
	$(WASM_BARE) -O2 -c -o $(@D)/allocator.o $(@D)/allocator.c
	cd $(@D) && $(ZIG_WASM) build-lib -target wasm32-freestanding -dynamic -rdynamic -O ReleaseSmall \
	  -femit-bin=test.wasm pools.zig allocator.o

wasm-malloc: $(WASM)/malloc/test.wasm
	@$(NODE) tests/wasm/command.mjs $<

wasm-cpp: $(WASM)/cpp/test.wasm
	@$(NODE) tests/wasm/command.mjs $<

wasm-zig: $(WASM)/zig/test.wasm
	@$(NODE) tests/wasm/pools.mjs $<

# ---- bytes of a module that exports alloc and free

WASM_MOST := 1000
WASM_TINY := -Oz -Wl,--no-entry -Wl,--strip-all -Wl,--compress-relocations
# Sizes that bit arithmetic cannot tell.
WASM_ODD  := 's/size: 32,/size: 48,/; s/size: 64,/size: 96,/; s/name: app/name: odd/'

$(WASM)/odd/table.yaml: configs/wasm.yaml
	@mkdir -p $(@D)
	@sed $(WASM_ODD) $< >$@

$(WASM)/%/tiny.wasm: $(WASM)/%/allocator.c | deps-wasm
	$(WASM_BARE) $(WASM_TINY) -Wl,--export=$*_alloc -Wl,--export=$*_free -o $@ $<

$(WASM)/app/tiny-fixed.wasm: $(WASM)/app/table.yaml $(POOLGEN) | deps-wasm
	$(POOLGEN) -q --set exhausted=fail -o $(@D)/fixed.c $<
	$(WASM_BARE) $(WASM_TINY) -Wl,--export=app_alloc -Wl,--export=app_free -o $@ $(@D)/fixed.c

# wasi-libc's malloc, which is dlmalloc.
$(WASM)/dlmalloc.wasm: tests/wasm.mk | deps-wasm
	@mkdir -p $(@D)
	$(CLANG) --target=wasm32-wasi -nostartfiles $(WASM_TINY) -Wl,--export=malloc -Wl,--export=free -o $@

$(WASM)/zig_allocator.wasm: tests/wasm/zig_allocator.zig $(ZIG)
	@mkdir -p $(@D)
	$(ZIG_WASM) build-lib -target wasm32-freestanding -dynamic -rdynamic -O ReleaseSmall -fstrip -femit-bin=$@ $<

wasm-size: $(WASM)/app/tiny.wasm $(WASM)/odd/tiny.wasm $(WASM)/app/tiny-fixed.wasm $(WASM)/dlmalloc.wasm \
           $(if $(ZIG),$(WASM)/zig_allocator.wasm)
	@$(NODE) tests/wasm/size.mjs $(WASM_MOST) 'five pools=$(WASM)/app/tiny.wasm' \
	  'five pools of sizes that are no powers of two=$(WASM)/odd/tiny.wasm' \
	  'five pools that do not grow=$(WASM)/app/tiny-fixed.wasm' \
	  '(malloc of wasi-libc, dlmalloc)=$(WASM)/dlmalloc.wasm' \
	  $(if $(ZIG),'(std.heap.wasm_allocator of Zig)=$(WASM)/zig_allocator.wasm')

test-wasm: wasm-cases wasm-model wasm-joined wasm-malloc $(if $(ZIG),wasm-cpp wasm-zig) wasm-size ## modules of WebAssembly, under node
