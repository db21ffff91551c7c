# Tests. `make test` builds and runs
#   every tests/test_*.c, a cmocka program linked with the generator's passes, and
#   every make target that some folder's .mk has added to TEST_EXTRA (`TEST_EXTRA += my-target`):
#   its output is TAP ("ok 1 - name", "not ok 2 - name"); one that prints no TAP counts as one test.
# Flags for one program alone go to TEST_LDFLAGS_test_NAME and TEST_LDLIBS_test_NAME.

.PHONY: test test-stages test-indexes test-golden test-versions version-lists reference bad-expected fuzz fuzz-brief \
        fuzz-deps fuzz-install fuzz-install-runtime

# What needs profiles, and so jansson.
ifneq ($(JANSSON),yes)
WITHOUT_TESTS := $(patsubst %,tests/test_%.c,sizes footprint profile tune report record own_profile)
endif

TESTS      := $(patsubst tests/%.c,$(BUILD)/tests/%,$(filter-out $(WITHOUT_TESTS),$(sort $(wildcard tests/test_*.c))))
TEST_EXTRA += test-stages test-indexes test-golden test-versions fuzz-brief

include tests/lint.mk
include tests/explorer.mk
include tests/emitted.mk
include tests/crimes.mk
include tests/threads.mk
include tests/preload.mk
include tests/process.mk
include tests/record.mk
include tests/profiles.mk
include tests/fronts.mk
include tests/tools.mk
include tests/wasm.mk
include tests/chip.mk
include tests/windows.mk
include tests/bare.mk
include tests/platforms.mk

test: $(TESTS) ## run all tests; VARIANT=san runs them under ASan and UBSan
	+@MAKE='$(MAKE)' LOGS='$(BUILD)/tests' tests/run $(TESTS) -- $(TEST_EXTRA)

$(BUILD)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

UNIT := $(BUILD)/tests/unit.o $(BUILD)/tests/scratch.o

$(BUILD)/tests/test_%: $(BUILD)/tests/test_%.o $(UNIT) $(BUILD)/libpoolgen.a
	$(CC) $(LDFLAGS) $(TEST_LDFLAGS_test_$*) -o $@ $^ $(or $(TEST_LDLIBS_test_$*),$(LDLIBS)) -lcmocka

.SECONDARY: $(TESTS:%=%.o) $(UNIT)
-include $(TESTS:%=%.d) $(UNIT:.o=.d)

# Every allocation fails in turn, libyaml's too: only what is linked statically can be wrapped.
TEST_LDFLAGS_test_arena := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=free
TEST_LDLIBS_test_arena  := -l:libyaml.a

# The calls of a write fail in turn.
TEST_LDFLAGS_test_write := -Wl,--wrap=fdopen,--wrap=fwrite,--wrap=fflush,--wrap=fclose,--wrap=link,--wrap=rename

# The program itself, as a user runs it.
$(BUILD)/tests/test_cli: | $(POOLGEN)

# Whether gen/ depends in one direction.
test-stages:
	@tests/stages.sh $(STAGES)

# Whether each folder's README names what is there.
test-indexes:
	@tests/indexes.sh

# What is committed in out/ is what the configs emit.
test-golden: $(POOLGEN)
	POOLGEN=$(POOLGEN) tests/golden.sh

# What earlier versions emitted and what their tables meant still holds.
test-versions: $(POOLGEN)
	@$(call install-missing,g++ binutils)
	@POOLGEN=$(abspath $(POOLGEN)) tests/versions.sh

version-lists: $(POOLGEN) ## write the lists of a new version's tables in tests/versions
	POOLGEN=$(abspath $(POOLGEN)) tests/versions.sh --write

reference: $(BUILD)/tests/test_schema ## rewrite README's key table and share/poolgen.schema.json
	$< --rewrite

bad-expected: $(BUILD)/tests/test_validate ## rewrite tests/bad/*.expected; review with git diff
	$< --rewrite

# ---- fuzzing: clang's libFuzzer, from the configs and the bad tables

SECONDS  ?= 60
FUZZ     := build/fuzz
FUZZ_SRC := $(filter-out gen/main.c,$(GEN_SRC)) tests/fuzz_table.c
FUZZ_OBJ := $(FUZZ_SRC:%.c=$(FUZZ)/%.o) $(FUZZ)/embedded.o
FUZZ_CC   = $(CLANG) $(CPPFLAGS) -std=c11 -O1 -g -DARENA_EXACT \
            -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

$(FUZZ)/%.o: %.c
	@mkdir -p $(@D)
	$(FUZZ_CC) -MMD -MP -c -o $@ $<

$(FUZZ)/embedded.o: $(BUILD)/gen/embedded.c
	@mkdir -p $(@D)
	$(FUZZ_CC) -c -o $@ $<

$(FUZZ)/libpoolgen.a: $(filter-out $(FUZZ)/tests/%,$(FUZZ_OBJ))
	@rm -f $@
	ar qcs $@ $^

$(FUZZ)/fuzz_table: $(FUZZ)/tests/fuzz_table.o $(FUZZ)/libpoolgen.a
	$(CLANG) -fsanitize=fuzzer,address,undefined -o $@ $^ $(LDLIBS)

-include $(FUZZ_OBJ:.o=.d)

# libFuzzer's runtime may be a package of its own beside clang's.
FUZZ_PROBE = echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' | \
             $(CLANG) -fsanitize=fuzzer,address -x c -o $(FUZZ)/probe - 2>/dev/null

fuzz-deps:
	@mkdir -p $(FUZZ)
	@$(FUZZ_PROBE) || $(MAKE) --no-print-directory fuzz-install

fuzz-install:
	$(call install-missing,clang)
	@$(FUZZ_PROBE) || $(MAKE) --no-print-directory fuzz-install-runtime

fuzz-install-runtime:
	$(call install-missing,libclang-rt-$(shell $(CLANG) -dumpversion | cut -d. -f1)-dev)

$(FUZZ_OBJ): | fuzz-deps

fuzz: $(FUZZ)/fuzz_table ## fuzz the passes for SECONDS seconds
	@mkdir -p $(FUZZ)/corpus
	$< -max_total_time=$(SECONDS) -timeout=5 -max_len=16384 -verbosity=0 -print_final_stats=1 \
	  -artifact_prefix=$(FUZZ)/ $(FUZZ)/corpus configs tests/bad

fuzz-brief:
	@$(MAKE) --no-print-directory fuzz SECONDS=3
