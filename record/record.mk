# The recorder: a library that `poolgen record` preloads. It is never built with sanitizers: they
# want to be the first to see malloc themselves.

RECORD_LIB := $(BUILD)/libpoolgen-record.so
RECORD_SRC := $(sort $(wildcard record/*.c))
RECORD_OBJ := $(RECORD_SRC:%.c=$(BUILD)/%.o)

# Hidden symbols but for what it interposes; no builtins, or the compiler would turn a malloc that
# is cleared into the calloc that is being defined.
RECORD_FLAGS := -std=c11 -O2 -g $(WARN) -Werror -fPIC -fvisibility=hidden -fno-builtin -D_GNU_SOURCE -Igen

poolgen: $(RECORD_LIB)

$(RECORD_LIB): $(RECORD_OBJ)
	$(CC) -shared -Wl,-z,defs -Wl,-z,now -o $@ $^

$(BUILD)/record/%.o: record/%.c
	@mkdir -p $(@D)
	$(CC) $(RECORD_FLAGS) -MMD -MP -c -o $@ $<

-include $(RECORD_OBJ:.o=.d)

# ---- its tests: a program of known habits, without sanitizers for the same reason

$(BUILD)/tests/recorded: tests/recorded.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -O1 -g $(WARN) -Werror -Wno-alloc-size-larger-than -fno-builtin -o $@ $< -lpthread

$(BUILD)/tests/test_record: | $(BUILD)/tests/recorded $(RECORD_LIB) $(POOLGEN)
