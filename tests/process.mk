# Allocators in processes that limit, replace and unload: tests/process.

.PHONY: test-process test-narrow

TEST_EXTRA += test-process test-narrow

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

.SECONDARY: $(PROCESS_KINDS:%=$(PROCESS)/%/un.c)

# Not every compiler brings the runtime: what cannot be built is not tested.
$(PROCESS)/moves: tests/process/moves.c $(PROCESS)/shared/un.c
	-$(CC) -std=c11 -O1 -g -fsanitize=thread $(WARN) -Werror -I$(PROCESS)/shared -o $@ $^ -pthread

test-process: $(PRELOAD)/libpoolmalloc.so $(addprefix $(PROCESS)/,limits callbacks unload moves $(PROCESS_KINDS:%=%.so)) ## limits of the process, replaced functions, unloading
	@tests/process/run.sh $(PRELOAD)/libpoolmalloc.so $(PROCESS)

# ---- 32 bits, emulated

ARM := arm-linux-gnueabihf-gcc

test-narrow: tests/process/narrow.c tests/process/narrow.yaml $(POOLGEN) ## 32-bit ARM, emulated
	$(call install-missing,gcc-arm-linux-gnueabihf libc6-dev-armhf-cross qemu-user)
	@mkdir -p $(PROCESS)/narrow
	@$(POOLGEN) -q -o $(PROCESS)/narrow/nw.c tests/process/narrow.yaml
	@$(ARM) -std=c11 -O2 $(WARN) -Werror -static -I$(PROCESS)/narrow -o $(PROCESS)/narrow/test $< $(PROCESS)/narrow/nw.c -pthread
	@timeout -s KILL 60 qemu-arm $(PROCESS)/narrow/test
