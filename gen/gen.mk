# The generator: gen/README.md says what each stage does.

.PHONY: poolgen look-again

POOLGEN := $(BUILD)/poolgen

# The folders of gen/. Each includes only from those before it and from itself: tests/stages.sh.
STAGES := base table plan emit profile command

# Profiles are JSON. Without jansson poolgen builds all the same, and tune, report and merge say what
# is missing. Whether it is there is noted in a file that make reads again when it changes, so that
# `make deps test` builds with what deps has just installed.
build/jansson.mk: look-again $(if $(filter deps all,$(or $(MAKECMDGOALS),all)),deps)
	@mkdir -p build
	@if $(PKG_CONFIG) --exists jansson 2>/dev/null; then echo 'JANSSON := yes'; else echo 'JANSSON :='; fi >$@.new
	@if cmp -s $@ $@.new; then rm $@.new; else mv $@.new $@; fi
ifneq ($(MAKECMDGOALS),clean)
-include build/jansson.mk
endif
ifeq ($(JANSSON),yes)
WITHOUT_SRC := gen/command/without_jansson.c
LDLIBS      += -ljansson -lm
else
WITHOUT_SRC := $(wildcard gen/profile/*.c) $(addprefix gen/command/,merge.c tune_main.c report_main.c)
endif

GEN_SRC := $(filter-out gen/emit/embed.c $(WITHOUT_SRC),$(sort $(wildcard gen/*.c $(STAGES:%=gen/%/*.c))))
GEN_OBJ := $(GEN_SRC:%.c=$(BUILD)/%.o) $(BUILD)/gen/embedded.o
LIB_OBJ := $(filter-out $(BUILD)/gen/main.o,$(GEN_OBJ))

poolgen: $(POOLGEN) ## build build/$(VARIANT)/poolgen

$(POOLGEN): $(GEN_OBJ)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/gen/%.o: gen/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Templates become one C array each; embed is built for the machine that builds.
TEMPLATES := $(sort $(filter-out %.md,$(wildcard templates/*)))

build/embed: gen/emit/embed.c
	@mkdir -p $(@D)
	$(CC_FOR_BUILD) -std=c11 -O1 $(WARN) -Werror -o $@ $<

$(BUILD)/gen/embedded.c: build/embed $(TEMPLATES)
	@mkdir -p $(@D)
	build/embed $(TEMPLATES) > $@

$(BUILD)/gen/embedded.o: $(BUILD)/gen/embedded.c
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

-include $(GEN_OBJ:.o=.d)

# An archive, so that a test needs only the files that it uses to link. With q, files of the same name
# in two stages do not replace each other.
$(BUILD)/libpoolgen.a: $(LIB_OBJ)
	@rm -f $@
	ar qcs $@ $^
