# Allocators in processes that limit, replace and unload: tests/process.

.PHONY: test-process

TEST_EXTRA += test-process

PROCESS       := $(BUILD)/process
PROCESS_KINDS := shared direct none

PROCESS_KEYS_direct := thread_cache: 0
PROCESS_KEYS_none   := threads: none

$(PROCESS)/%: tests/process/%.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -O2 -g -fno-builtin $(filter-out -Wmissing-prototypes,$(WARN)) -Werror -rdynamic -o $@ $< -pthread -ldl

$(PROCESS)/%/un.c: tests/process/unload.yaml $(POOLGEN)
	@mkdir -p $(@D)
	@{ cat $<; echo '$(PROCESS_KEYS_$*)'; } >$(@D)/un.yaml
	$(POOLGEN) -q -o $@ $(@D)/un.yaml

$(PROCESS)/%.so: $(PROCESS)/%/un.c tests/process/library.c
	$(CC) -std=c11 -O2 -g -fPIC -shared $(WARN) -Werror -I$(<D) -o $@ $^ -pthread

$(PROCESS)/ends-%: tests/process/ends.c $(PROCESS)/%.so
	$(CC) -std=c11 -O2 -g $(WARN) -Werror -o $@ $^ -Wl,-rpath,$(abspath $(PROCESS)) -pthread

.SECONDARY: $(PROCESS_KINDS:%=$(PROCESS)/%/un.c) $(PROCESS_KINDS:%=$(PROCESS)/edges/%/ed.c)

$(PROCESS)/edges/%/ed.c: tests/process/edges.yaml $(POOLGEN)
	@mkdir -p $(@D)
	@{ cat $<; echo '$(PROCESS_KEYS_$*)'; } >$(@D)/ed.yaml
	$(POOLGEN) -q -o $@ $(@D)/ed.yaml

$(PROCESS)/edges/%/test: $(PROCESS)/edges/%/ed.c tests/process/edges.c
	$(CC) -std=c11 -O2 -g $(filter-out -Wmissing-prototypes,$(WARN)) -Werror -DKIND_$* -I$(<D) -o $@ $(word 2,$^) -pthread

# Not every compiler brings the runtime: what cannot be built is not tested.
$(PROCESS)/moves: tests/process/moves.c $(PROCESS)/shared/un.c
	-$(CC) -std=c11 -O1 -g -fsanitize=thread $(WARN) -Werror -I$(PROCESS)/shared -o $@ $^ -pthread

test-process: $(PRELOAD)/libpoolmalloc.so $(addprefix $(PROCESS)/,limits callbacks unload moves ends-shared ends-direct $(PROCESS_KINDS:%=%.so) $(PROCESS_KINDS:%=edges/%/test)) ## limits of the process, replaced functions, unloading
	@tests/process/run.sh $(PRELOAD)/libpoolmalloc.so $(PROCESS)

# ---- 32 bits, for the rows of tests/platforms that have them

NARROW := $(PROCESS)/narrow

$(NARROW)/nw.c: tests/process/narrow.yaml $(POOLGEN)
	@mkdir -p $(@D)
	$(POOLGEN) -q -o $@ $<

NARROW_TESTS := $(NARROW)/nw.c $(addprefix tests/process/,narrow.c edges.c) $(PROCESS_KINDS:%=$(PROCESS)/edges/%/ed.c)

# $(call narrow,NAME,COMPILER AND FLAGS,UNDER): what must hold, and the edges of each kind.
define narrow
	@mkdir -p $(NARROW)/$(1)
	@$(2) -std=c11 $(WARN) -Werror -I$(NARROW) -o $(NARROW)/$(1)/test tests/process/narrow.c $(NARROW)/nw.c -pthread
	@$(3) $(NARROW)/$(1)/test
	@for kind in $(PROCESS_KINDS); do \
	  $(2) -std=c11 $(filter-out -Wmissing-prototypes,$(WARN)) -Werror -DKIND_$$kind -I$(PROCESS)/edges/$$kind \
	    -o $(NARROW)/$(1)/edges-$$kind tests/process/edges.c -pthread && \
	  $(3) $(NARROW)/$(1)/edges-$$kind || exit 1; \
	done
endef
