# Real programs with the malloc front end preloaded: tests/preload.

.PHONY: test-preload

TEST_EXTRA += test-preload

PRELOAD := $(BUILD)/preload

$(PRELOAD)/allocator.c: configs/malloc.yaml $(POOLGEN)
	@mkdir -p $(@D)
	$(POOLGEN) -q -o $@ $<

$(PRELOAD)/libpoolmalloc.so: $(PRELOAD)/allocator.c
	$(CC) -std=c11 -O2 -g -fPIC -shared $(WARN) -Werror -o $@ $< $(<:%.c=%-malloc.c) -pthread

PRELOAD_CPP := operators nothrow throws

$(PRELOAD_CPP:%=$(PRELOAD)/%): $(PRELOAD)/%: tests/preload/%.cpp
	@mkdir -p $(@D)
	$(CXX) -std=c++17 -O2 -g -Wall -Wextra -Werror -faligned-new -fsized-deallocation -o $@ $< -pthread

$(PRELOAD)/family: tests/preload/family.c $(PRELOAD)/libpoolmalloc.so
	$(CC) -std=c11 -O2 -g -fno-builtin $(filter-out -Wmissing-prototypes,$(WARN)) -Werror -o $@ $^ -pthread

$(PRELOAD)/history: tests/preload/history.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -O2 -g -fno-builtin $(WARN) -Werror -o $@ $<

test-preload: $(PRELOAD)/libpoolmalloc.so $(PRELOAD)/family $(PRELOAD)/history $(PRELOAD_CPP:%=$(PRELOAD)/%) ## run real programs on the malloc front end
	@$(call install-missing,g++ git perl python3 sqlite3 xz-utils)
	@tests/preload/run.sh $(PRELOAD)/libpoolmalloc.so $(PRELOAD)
