# Builds and runs the test programs of one flavour (compiler and flags), one for each table, with
#   FLAVOUR   its name, of the folder under OUT
#   COMPILER  gcc or clang
#   FLAGS     what the emitted source, and the header in its users, are compiled with
# and perhaps
#   STD       c11 or c17
#   TOOL      a sanitizer, valgrind: what cannot be asked under one is left out
#   UNDER     a command to run the programs under
#   MODE      pools: unwatched, whatever the tool; watched: told to ASan or MSan, or, memcheck: to that;
#             passthrough: malloc serves
#   PLAIN     not empty: without cmocka
#   TABLES    some of the tables only
#   LINKER    what links, where COMPILER finds no C++ library for its target
#   EXTRA     objects that are linked to every program

HERE      := tests/emitted
TABLE_DIR := $(OUT)/tables
DIR       := $(OUT)/$(FLAVOUR)
STD       ?= c11
# Those of a target that this machine is not are compiled elsewhere: tests/wasm.mk.
TABLES    ?= $(filter-out wasm_%,$(sort $(basename $(notdir $(wildcard $(TABLE_DIR)/*.yaml)))))
CXX       := $(if $(filter clang%,$(COMPILER)),clang++,$(COMPILER:%gcc=%g++))

WARN    := -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef -Wcast-align -Werror
EMITTED := $(WARN) $(FLAGS)
# The cases are not what is tested: the same flags whatever the flavour, but for what must agree.
AGREED  := $(filter -m32 -idirafter% -fsanitize=% -fno-sanitize% --target=% -isystem%,$(FLAGS))
CASES   := $(patsubst $(HERE)/%.c,$(DIR)/%.o,$(filter-out %/subject.c %/constants.c,$(wildcard $(HERE)/*.c)))
WRAPPED := mmap mprotect mremap madvise malloc calloc realloc posix_memalign \
           free munmap clock_gettime pthread_key_create pthread_setspecific
LINKER  ?= $(CXX)
LINK    := $(AGREED) $(filter -flto -O% -static,$(FLAGS)) $(WRAPPED:%=-Wl,--wrap=%) -pthread

export UNDER
export ASAN_OPTIONS = allocator_may_return_null=1
export MSAN_OPTIONS = allocator_may_return_null=1
ifneq ($(TOOL),)
export EMITTED_TOOL = $(TOOL)
endif

run: $(TABLES:%=$(DIR)/%/test)
	@$(HERE)/run.sh $(DIR) $(TABLES)

$(DIR)/%.o: $(HERE)/%.c $(wildcard $(HERE)/*.h)
	@mkdir -p $(@D)
	$(COMPILER) -std=c11 -O1 -g $(WARN) -fno-builtin $(AGREED) $(if $(PLAIN),-I$(HERE)/plain) -c -o $@ $<

MODE_pools       := PASSTHROUGH=0 WATCH=0
MODE_watched     := PASSTHROUGH=0 WATCH=1
MODE_memcheck    := VALGRIND=1
MODE_passthrough := PASSTHROUGH=1

# Those that get what a consumer gives (port.h).
PORTED       := $(basename $(notdir $(shell grep -lE '^target: \[bare\]|^threads: critical|hook' $(TABLE_DIR)/*.yaml)))
FREESTANDING := $(basename $(notdir $(shell grep -l '^target: \[bare\]' $(TABLE_DIR)/*.yaml)))
PORT         := /^target: .bare/ { \
    print "\#include \"$(CURDIR)/$(HERE)/port.h\""; \
    print "\#define " upper "_FAULT(message) port_fault(\"" name "\", message)"; \
    print "\#define " upper "_RANDOM(ptr, bytes) port_random(ptr, bytes)"; \
    print "\#undef " upper "_PASSTHROUGH\n\#undef " upper "_WATCH"; \
    print "\#define " upper "_PASSTHROUGH 0\n\#define " upper "_WATCH 0" } \
  /^threads: critical/ { \
    print "\#include \"$(CURDIR)/$(HERE)/port.h\""; \
    print "\#define " upper "_ENTER() port_enter()"; \
    print "\#define " upper "_LEAVE(state) port_leave(state)" } \
  /hook/ && !hooked++ { print "\#define HOOK" }

# The name of a table is the prefix of what it emits; the rest of the build goes by its file.
define program
$(DIR)/$(1)/macros.h: $(TABLE_DIR)/$(1).h
	@mkdir -p $$(@D)
	@awk '/^name:/ { name = $$$$2; upper = toupper(name) } $(PORT) \
	      /^name:/ { print "#define PREFIX " $$$$2 "\n#define PREFIX_UPPER " toupper($$$$2) } \
	      /^stats: counters/ { print "#define COUNTERS" } \
      /^name:/ { count = split("$(MODE_$(MODE))", modes, "[ =]"); \
        for (i = 1; i < count; i += 2) print "#define " toupper($$$$2) "_" modes[i] " " modes[i + 1] } \
	      END { print "#define HEADER \"$(1).h\"\n#define TABLE \"$(TABLE_DIR)/$(1).yaml\"" }' \
	  $(TABLE_DIR)/$(1).yaml > $$@

$(DIR)/$(1)/allocator.o: $(TABLE_DIR)/$(1).c $(TABLE_DIR)/$(1).h $(DIR)/$(1)/macros.h
	@mkdir -p $$(@D)
	$(COMPILER) -std=$(STD) $(EMITTED) $(if $(MODE)$(filter $(1),$(PORTED)),-include $(DIR)/$(1)/macros.h) \
	  $(if $(filter $(1),$(FREESTANDING)),-ffreestanding) -c -o $$@ $$<

$(DIR)/$(1)/subject.o: $(HERE)/subject.c $(HERE)/subject.h $(DIR)/$(1)/macros.h
	$(COMPILER) -std=$(STD) $(EMITTED) -I$(TABLE_DIR) -include $(DIR)/$(1)/macros.h -c -o $$@ $$<

$(DIR)/$(1)/constants_c.o: $(HERE)/constants.c $(HERE)/subject.h $(DIR)/$(1)/macros.h
	$(COMPILER) -std=$(STD) $(EMITTED) -I$(TABLE_DIR) -include $(DIR)/$(1)/macros.h -DCONSTANTS=constants_c -c -o $$@ $$<

$(DIR)/$(1)/constants_cpp.o: $(HERE)/constants.c $(HERE)/subject.h $(DIR)/$(1)/macros.h
	$(CXX) -x c++ -std=c++17 $(EMITTED) -I$(TABLE_DIR) -include $(DIR)/$(1)/macros.h -DCONSTANTS=constants_cpp -c -o $$@ $$<

$(DIR)/$(1)/test: $(addprefix $(DIR)/$(1)/,allocator.o subject.o constants_c.o constants_cpp.o) $(CASES)
	$(LINKER) $(LINK) -o $$@ $$^ $(EXTRA) $(if $(PLAIN),,-lcmocka)
endef
$(foreach table,$(TABLES),$(eval $(call program,$(table))))
