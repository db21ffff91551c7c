# Real programs with the malloc front end preloaded: tests/preload.
#   make test-preload                every program
#   make test-hardened               the same with `harden: full`, a part of the programs; HARDENED_ONLY= for all

.PHONY: test-preload test-hardened

TEST_EXTRA += test-preload test-hardened

PRELOAD     := $(BUILD)/preload
PRELOAD_CPP := operators nothrow throws

# $(call front,FOLDER,CONFIG): the library that CONFIG makes, and the programs of our own, in FOLDER.
define front
$(1)/allocator.c: configs/$(2).yaml $(POOLGEN)
	@mkdir -p $$(@D)
	$(POOLGEN) -q -o $$@ $$<

$(1)/libpoolmalloc.so: $(1)/allocator.c
	$(CC) -std=c11 -O2 -g -fPIC -shared $(WARN) -Werror -o $$@ $$< $$(<:%.c=%-malloc.c) -pthread

$(PRELOAD_CPP:%=$(1)/%): $(1)/%: tests/preload/%.cpp
	@mkdir -p $$(@D)
	$(CXX) -std=c++17 -O2 -g -Wall -Wextra -Werror -faligned-new -fsized-deallocation -o $$@ $$< -pthread

$(1)/family: tests/preload/family.c $(1)/libpoolmalloc.so
	$(CC) -std=c11 -O2 -g -fno-builtin $(filter-out -Wmissing-prototypes,$(WARN)) -Werror -o $$@ $$^ -pthread

$(1)/history: tests/preload/history.c
	@mkdir -p $$(@D)
	$(CC) -std=c11 -O2 -g -fno-builtin $(WARN) -Werror -o $$@ $$<
endef

$(eval $(call front,$(PRELOAD),malloc))
$(eval $(call front,$(PRELOAD)-hardened,hardened))

FRONT_PROGRAMS := libpoolmalloc.so family history $(PRELOAD_CPP)

test-preload: $(FRONT_PROGRAMS:%=$(PRELOAD)/%) ## run real programs on the malloc front end
	@$(call install-missing,g++ git perl python3 sqlite3 xz-utils)
	@tests/preload/run.sh $(PRELOAD)/libpoolmalloc.so $(PRELOAD)

HARDENED_ONLY ?= python3$$|git|sqlite3|xz|in all forms$$|, preloaded or linked|-static$$

test-hardened: $(FRONT_PROGRAMS:%=$(PRELOAD)-hardened/%) ## the same on configs/hardened.yaml (HARDENED_ONLY=PATTERN, empty for all)
	@$(call install-missing,g++ git python3 sqlite3 xz-utils)
	@tests/preload/run.sh $(PRELOAD)-hardened/libpoolmalloc.so $(PRELOAD)-hardened '$(HARDENED_ONLY)'
