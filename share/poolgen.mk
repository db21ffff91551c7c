# For makefiles (GNU make 4.3 or newer) whose allocator comes from a table:
#
#     include $(shell pkg-config --variable=makefile poolgen)
#     $(call poolgen_generate,pools.yaml,build/allocator.c)
#     app: main.o build/allocator.o
#
# emits build/allocator.c and build/allocator.h (and what the table's `emit` asks for), and does it
# again when the table or poolgen changes, or when one of the files is gone. A third argument is
# passed on to poolgen: `--prefix NAME`. The output's folder is made. Objects that include the header
# depend on it: `main.o: build/allocator.h`, or whatever -MMD writes.
#
# To compile for another machine: poolgen runs on this one, and CC, CFLAGS and LDFLAGS are the makefile's; the table's
# `target` says where its output may run. Where PKG_CONFIG_PATH or PKG_CONFIG_LIBDIR lead to the other machine's files,
# include this file by its path, and set POOLGEN unless it is in PATH.

POOLGEN ?= $(or $(shell pkg-config --variable=poolgen poolgen 2>/dev/null),poolgen)

# $(call poolgen_generate,TABLE,STEM.c[,OPTIONS])
poolgen_generate = $(eval $(call poolgen_rules,$(1),$(2),$(3)))

# Outputs that somebody removed. The source goes with them, so that one run makes all anew.
poolgen_missing = $(foreach file,$(shell $(POOLGEN) -q $(3) -o $(2) --list-outputs $(1) 2>/dev/null),\
                    $(if $(wildcard $(file)),,$(file)))

.PHONY: poolgen-again

# The source is replaced at every run and says when that was; the other outputs keep their time when
# their bytes are the same, so that what includes them is not compiled for nothing.
define poolgen_rules
$(2): $(1) $(shell command -v $(POOLGEN)) $(if $(strip $(poolgen_missing)),poolgen-again)
	@mkdir -p $$(@D)
	$$(POOLGEN) -q $(3) -o $$@ $$<
$(2:.c=.h) $(2:.c=.hpp) $(2:.c=.rs) $(2:.c=.zig) $(2:.c=-malloc.c): $(2) ;
endef
