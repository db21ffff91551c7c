# poolgen: `make` alone does the main job; `make help` lists the targets.

VARIANT ?= release
PREFIX  ?= /usr/local
DESTDIR ?=
CC      = gcc
CLANG   = clang
# Where poolgen is built for another machine (CC), what runs while building is compiled by this one.
CC_FOR_BUILD = cc
PKG_CONFIG   = pkg-config

BUILD := build/$(VARIANT)
WARN  := -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef -Wcast-align \
         -Wstrict-prototypes -Wmissing-prototypes

ifeq ($(VARIANT),release)
OPT := -O2 -g
else ifeq ($(VARIANT),debug)
OPT := -O0 -g
else ifeq ($(VARIANT),san)
OPT := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else
$(error VARIANT is release, debug or san, not '$(VARIANT)')
endif

CPPFLAGS = -Igen -D_POSIX_C_SOURCE=200809L
CFLAGS   = -std=c11 $(OPT) $(WARN) -Werror
LDFLAGS  = $(filter -fsanitize=%,$(OPT))
LDLIBS   = -lyaml

POOLGEN  := $(BUILD)/poolgen
CONFIGS  := $(sort $(wildcard configs/*.yaml))

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.PHONY: look-again all help deps poolgen golden lint install clean

all: deps run ## the main job, same as `make deps run`

help: ## this list
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sort | \
	  awk -F ':.*## ' '{ printf "  make %-16s %s\n", $$1, $$2 }'
	@echo '  VARIANT=release|debug|san chooses build/$$(VARIANT)'

# ---- dependencies: only what is missing is installed, and nothing is asked of the network else

DEPS := gcc libc6-dev make pkg-config libyaml-dev libcmocka-dev libjansson-dev

# $(call install-missing,PACKAGES): Debian and Ubuntu; elsewhere it says what is missing.
define install-missing
	@missing=; for p in $(1); do \
	  dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q '^install ok installed' || missing="$$missing $$p"; \
	done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if ! command -v apt-get >/dev/null; then echo "please install:$$missing" >&2; exit 1; fi; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	echo "installing:$$missing"; \
	$$sudo apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing >/dev/null
endef

deps: ## install the libraries that are missing (Debian, Ubuntu)
	$(call install-missing,$(DEPS))

# ---- the generator

# Profiles are JSON. Without jansson poolgen builds all the same, and tune, report and merge say what
# is missing. Whether it is there is noted in a file that make reads again when it changes, so that
# `make deps test` builds with what deps has just installed.
PROFILE_SRC := $(addprefix gen/,profile.c profile_read.c inputs.c progress.c figures.c demand.c footprint.c tune.c tune_main.c \
               merge.c report.c report_html.c report_text.c report_main.c)
build/jansson.mk: look-again $(if $(filter deps all,$(or $(MAKECMDGOALS),all)),deps)
	@mkdir -p build
	@if $(PKG_CONFIG) --exists jansson 2>/dev/null; then echo 'JANSSON := yes'; else echo 'JANSSON :='; fi >$@.new
	@if cmp -s $@ $@.new; then rm $@.new; else mv $@.new $@; fi
ifneq ($(MAKECMDGOALS),clean)
-include build/jansson.mk
endif
ifeq ($(JANSSON),yes)
WITHOUT_SRC := gen/without_jansson.c
LDLIBS      += -ljansson -lm
else
WITHOUT_SRC := $(PROFILE_SRC)
WITHOUT_TESTS := $(addprefix tests/,test_profile.c test_footprint.c test_tune.c test_report.c test_record.c test_own_profile.c)
endif

GEN_SRC := $(filter-out gen/embed.c $(WITHOUT_SRC),$(sort $(wildcard gen/*.c)))
GEN_OBJ := $(GEN_SRC:gen/%.c=$(BUILD)/gen/%.o) $(BUILD)/gen/embedded.o
LIB_OBJ := $(filter-out $(BUILD)/gen/main.o,$(GEN_OBJ))

poolgen: $(POOLGEN) ## build build/$(VARIANT)/poolgen

$(POOLGEN): $(GEN_OBJ)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/gen/%.o: gen/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Templates become one C array each; embed is built for the machine that builds.
TEMPLATES := $(sort $(filter-out %.md,$(wildcard templates/*)))

build/embed: gen/embed.c
	@mkdir -p $(@D)
	$(CC_FOR_BUILD) -std=c11 -O1 $(WARN) -Werror -o $@ $<

$(BUILD)/gen/embedded.c: build/embed $(TEMPLATES)
	@mkdir -p $(@D)
	build/embed $(TEMPLATES) > $@

$(BUILD)/gen/embedded.o: $(BUILD)/gen/embedded.c
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

-include $(GEN_OBJ:.o=.d)

# ---- what the configs emit, committed

golden: $(POOLGEN) ## rewrite out/ from configs/
	@for config in $(CONFIGS); do \
	  stem=$$(basename $$config .yaml); mkdir -p out/$$stem; \
	  $(POOLGEN) -o out/$$stem/allocator.c $$config || exit 1; \
	done

# ---- each folder brings its own targets

-include $(wildcard bench/bench.mk tests/tests.mk examples/examples.mk record/record.mk share/share.mk)

clean: ## remove build/
	rm -rf build
