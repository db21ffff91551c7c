# The recorder: a library that `poolgen record` preloads. It is never built with sanitizers: they
# want to be the first to see malloc themselves.

.PHONY: bench-record

RECORD_LIB := $(BUILD)/libpoolgen-record.so
RECORD_SRC := $(sort $(wildcard record/*.c))
RECORD_OBJ := $(RECORD_SRC:%.c=$(BUILD)/%.o)

# Its own pools, which interpose.c includes.
RECORD_POOLS := $(BUILD)/record/pools

# Hidden symbols but for what it interposes; no builtins, or the compiler would turn a malloc that
# is cleared into the calloc that is being defined.
RECORD_FLAGS := -std=c11 -O2 -g $(WARN) -Werror -fPIC -fvisibility=hidden -fno-builtin -D_GNU_SOURCE -Igen \
                -I$(RECORD_POOLS)

$(RECORD_POOLS)/allocator.c: record/pools.yaml $(POOLGEN)
	@mkdir -p $(@D)
	$(POOLGEN) -q -o $@ $<

$(BUILD)/record/interpose.o lint-tidy: $(RECORD_POOLS)/allocator.c

poolgen: $(RECORD_LIB)

$(RECORD_LIB): $(RECORD_OBJ)
	$(CC) -shared -Wl,-z,defs -Wl,-z,now -o $@ $^

$(BUILD)/record/%.o: record/%.c
	@mkdir -p $(@D)
	$(CC) $(RECORD_FLAGS) -MMD -MP -c -o $@ $<

-include $(RECORD_OBJ:.o=.d)

INSTALL += 755:$(RECORD_LIB):lib/poolgen/libpoolgen-record.so

# ---- what it costs

# Best of three of each, in turn: ns an operation, and how many times slower the recorder makes it.
bench-record: poolgen $(BUILD)/tests/recorded ## what recording costs: loads that only allocate, and servers on Tokio
	@for round in 1 2 3; do \
	  $(BUILD)/tests/recorded speed | sed 's/^/plain /'; \
	  $(POOLGEN) record -o $(BUILD)/bench-record.json -- $(BUILD)/tests/recorded speed | sed 's/^/under /'; \
	done | awk '{ key = $$1 " " $$2; if (!(key in best) || $$3 < best[key]) best[key] = $$3; seen[$$2] } \
	  END { printf "%-20s%10s%10s%8s\n", "load/threads", "plain ns", "under ns", "times"; \
	    for (name in seen) { a = best["plain " name]; b = best["under " name]; \
	      printf "%-20s%10.1f%10.1f%8.2f\n", name, a, b, b / a | "sort" } }'
ifneq ($(CARGO),)
	@$(call install-missing,$(TOKIO_CRATES))
	$(call tokio-programs,system)
	$(TOKIO)/system/bench --recorder $(POOLGEN) --system $(TOKIO)/system --repeat $(REPEAT) \
	  --scale $(SCALE) $(ONLY:%=--only %)
endif
