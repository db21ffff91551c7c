# The interleaving explorer, the yield-injecting build, and mutants that must be found.
#   make explore        every pair of scripts of three operations (long)
#   make explore-brief  the scenarios by name, and pairs on one small table
#   make test-yield     SEEDS seeds of the yield-injecting build under ThreadSanitizer
#   make test-mutants   every fault of tests/explorer/mutants must be found

.PHONY: explore explore-brief test-yield yield-brief test-mutants

TEST_EXTRA += explore-brief yield-brief test-mutants

EXPLORER        ?= $(BUILD)/explorer
EXPLORER_TABLES := direct cached pairs windows growing mixed auto check full
EXPLORER_CC      = $(CC) -std=c11 -O2 -g $(WARN) -Werror -fno-pie -Itests/explorer
EXPLORER_WRAP   := mmap munmap madvise clock_gettime pthread_key_create pthread_key_delete pthread_setspecific atexit stat mprotect
EXPLORER_PARTS  := main search reduced seen world orders rules system plain

# The explorer's own objects are the same for a mutant.
EXPLORER_OBJ := $(EXPLORER_PARTS:%=$(BUILD)/explorer/%.o)

# A mutant's text is already there, in a folder of its own.
ifeq ($(EXPLORER),$(BUILD)/explorer)
$(EXPLORER)/%.c: tests/explorer/tables/%.yaml $(POOLGEN)
	@mkdir -p $(@D)
	$(POOLGEN) -q -o $@ $<
endif

$(BUILD)/explorer/%.o: tests/explorer/%.c
	@mkdir -p $(@D)
	$(EXPLORER_CC) -MMD -MP -c -o $@ $<

$(EXPLORER_TABLES:%=$(BUILD)/explorer/scenarios-%.o): $(BUILD)/explorer/scenarios-%.o: tests/explorer/scenarios.c
	@mkdir -p $(@D)
	$(EXPLORER_CC) -DTABLE='"$*"' -MMD -MP -c -o $@ $<

# The state of the text under test gets sections of its own, which the linker marks the ends of.
$(EXPLORER)/subject-%.o: $(EXPLORER)/%.c tests/explorer/subject.c tests/explorer/subject.h tests/explorer/atomics.h
	$(EXPLORER_CC) -O1 -fno-inline -fsanitize=thread $(if $(filter direct mixed,$*),-DWITHOUT_CACHES) $(if $(filter auto,$*),-DRELEASES) $(if $(filter full,$*),-DWAITS) -DALLOCATOR='"$(CURDIR)/$<"' \
	  --param tsan-instrument-func-entry-exit=0 -c -o $@ tests/explorer/subject.c
	objcopy --rename-section .bss=subject_bss --rename-section .data=subject_data $@

$(EXPLORER)/explore-%: $(EXPLORER)/subject-%.o $(EXPLORER_OBJ) $(BUILD)/explorer/scenarios-%.o
	$(CC) -no-pie -o $@ $^ $(EXPLORER_WRAP:%=-Wl,--wrap=%)

# The same at the levels of hardening, which have words of their own that threads share.
$(BUILD)/explorer/yield-%.c: tests/explorer/tables/yield.yaml $(POOLGEN)
	@mkdir -p $(@D)
	$(POOLGEN) -q --set harden=$* -o $@ $<

$(BUILD)/explorer/yield-%: $(BUILD)/explorer/yield-%.c tests/explorer/yield.c tests/explorer/yield_atomics.h
	$(CLANG) -std=c11 -O1 -g $(WARN) -Werror -fsanitize=thread -Itests/explorer \
	  -DALLOCATOR='"$(CURDIR)/$<"' -o $@ tests/explorer/yield.c -pthread

YIELDS := $(EXPLORER)/yield $(BUILD)/explorer/yield-check $(BUILD)/explorer/yield-full

$(EXPLORER)/yield: $(EXPLORER)/yield.c tests/explorer/yield.c tests/explorer/yield_atomics.h
	$(CLANG) -std=c11 -O1 -g $(WARN) -Werror -fsanitize=thread -Itests/explorer \
	  -DALLOCATOR='"$(CURDIR)/$<"' -o $@ tests/explorer/yield.c -pthread

.PRECIOUS: $(EXPLORER)/%.c $(EXPLORER)/subject-%.o
.SECONDARY: $(EXPLORER_OBJ) $(EXPLORER_TABLES:%=$(BUILD)/explorer/scenarios-%.o)
-include $(wildcard $(BUILD)/explorer/*.d)

EXPLORERS := $(EXPLORER_TABLES:%=$(EXPLORER)/explore-%)

explore: $(EXPLORERS) ## explore all pairs of scripts of three operations (long)
	@for explorer in $^; do $$explorer && $$explorer --all || exit 1; done

$(EXPLORERS:%=%-brief): %-brief: %
	@$<

# The reduction loses no outcome, and one that is wrong is seen.
explore-brief: $(EXPLORERS)
	@$(MAKE) -s --no-print-directory -j2 --output-sync=target $(EXPLORERS:%=%-brief)
	@$(EXPLORER)/explore-direct --all spans | tee $(EXPLORER)/reduced.log
	@grep -q '^ok 1' $(EXPLORER)/reduced.log
	@$(EXPLORER)/explore-direct --all --every spans >$(EXPLORER)/every.log
	@test "$$(grep outcomes $(EXPLORER)/reduced.log)" = "$$(grep outcomes $(EXPLORER)/every.log)"
	@! $(EXPLORER)/explore-direct --all --blind spans >$(EXPLORER)/blind.log
	@grep -q 'a step was not what it would have been alone' $(EXPLORER)/blind.log

SEEDS ?= 500
test-yield: $(YIELDS) ## run the yield-injecting build under ThreadSanitizer for SEEDS seeds
	@for program in $^; do TSAN_OPTIONS=halt_on_error=1 $$program $(SEEDS) || exit 1; done

yield-brief:
	@$(MAKE) -s --no-print-directory test-yield SEEDS=60

test-mutants: $(EXPLORERS) ## every seeded fault must be found
	@MAKE='$(MAKE)' tests/explorer/mutants.sh $(EXPLORER)
