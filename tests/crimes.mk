# Crimes: what each level of `harden` does about the caller's faults; tests/crimes/README.md says how.
#   make test-crimes                  every form of the table at every level
#   make test-crimes CRIME=realloc    the rows whose names contain it

.PHONY: test-crimes test-crimes-m32

# The same programs whatever VARIANT is, so once.
ifneq ($(VARIANT),san)
TEST_EXTRA += test-crimes $(if $(filter x86_64,$(shell uname -m)),test-crimes-m32)
endif

CRIMES       := $(BUILD)/crimes
CRIME        ?=
CRIME_LEVELS := off check full
# A form is the table and these lines, with a front end in place of C's functions or without.
CRIME_FORMS  := shared none fail upstream direct malloc cpp $(if $(CARGO),rust)

CRIME_LINES_shared   := 'oversize: os'
CRIME_LINES_none     := 'oversize: os' 'threads: none'
CRIME_LINES_fail     := 'oversize: os' 'exhausted: fail'
CRIME_LINES_upstream := 'exhausted: upstream'
CRIME_LINES_direct   := 'oversize: os' 'thread_cache: 0' 'batch: 1'
CRIME_LINES_malloc   := 'emit: [malloc]'
CRIME_LINES_cpp      := 'oversize: os' 'emit: [cpp]'
CRIME_LINES_rust     := 'oversize: os' 'emit: [rust]'

# What main.c is told of a form: 1 or 0 for each.
crime-is     = $(if $(filter $(1),$(2)),1,0)
crime-is-not = $(if $(filter $(1),$(2)),0,1)
crime-form   = -DFORM='"$(1)"' -DFORM_THREADS=$(call crime-is-not,none,$(1)) \
  -DFORM_NO_UPSTREAM=$(call crime-is-not,upstream,$(1)) -DFORM_LISTS=$(call crime-is-not,direct,$(1)) \
  -DFORM_GROWS=$(call crime-is-not,fail upstream,$(1)) -DFORM_FRONT=$(call crime-is,malloc cpp rust,$(1)) \
  -DFORM_FAMILY=$(call crime-is,malloc,$(1))

CRIME_CC     := $(CC) -std=c11 -O1 -g $(WARN) -Werror -fno-builtin -D_GNU_SOURCE -Itests/crimes -Itests/emitted
CRIME_NAMES  := -DPREFIX=crimes -DPREFIX_UPPER=CRIMES -DTABLE='""'
CRIME_ACTS   := $(patsubst %,$(CRIMES)/%.o,double_frees invalid_frees mismatches writes reads lawful rows)
CRIME_HEADERS := tests/crimes/crimes.h tests/crimes/acts.h tests/emitted/subject.h

$(CRIME_ACTS): $(CRIMES)/%.o: tests/crimes/%.c $(CRIME_HEADERS)
	@mkdir -p $(@D)
	$(CRIME_CC) -c -o $@ $<

$(CRIMES)/other.o: tests/crimes/other.yaml $(POOLGEN)
	@mkdir -p $(@D)
	$(POOLGEN) -q -o $(CRIMES)/other.c $<
	$(CC) -std=c11 -O1 -c -o $@ $(CRIMES)/other.c

# ---- $(CRIMES)/FORM/LEVEL/test

# $(call crime-front,FORM): the source of what is called.
crime-front = tests/crimes/front_$(if $(filter malloc rust,$(1)),$(1),c).c

define crime-program
$(CRIMES)/$(1)/$(2)/allocator.c: tests/crimes/crimes.yaml tests/crimes.mk $(POOLGEN)
	@mkdir -p $$(@D)
	@{ cat $$<; printf '%s\n' $(CRIME_LINES_$(1)); } >$$(@D)/table.yaml
	$(POOLGEN) -q $(if $(filter-out off,$(2)),--set harden=$(2)) -o $$@ $$(@D)/table.yaml

$(CRIMES)/$(1)/$(2)/front.o: $(crime-front) $(CRIMES)/$(1)/$(2)/allocator.c $(CRIME_HEADERS)
	$(CRIME_CC) -c -o $$@ $$<

$(CRIMES)/$(1)/$(2)/test: $(CRIMES)/$(1)/$(2)/allocator.c $(CRIMES)/$(1)/$(2)/front.o $(CRIME_ACTS) \
    $(CRIMES)/other.o tests/crimes/main.c tests/emitted/subject.c
	$(CRIME_CC) $(call crime-form,$(1)) -DLEVEL=$(shell echo $(2) | tr a-z A-Z) -c -o $$(@D)/main.o tests/crimes/main.c
	$(CRIME_CC) $(CRIME_NAMES) -I$$(@D) -DHEADER='"allocator.h"' -c -o $$(@D)/subject.o tests/emitted/subject.c
	$(CC) -std=c11 -O1 -g -c -o $$(@D)/allocator.o $$<
	$(if $(filter malloc,$(1)),$(CC) -std=c11 -O1 -g -c -o $$(@D)/malloc.o $$(@D)/allocator-malloc.c)
	$(CXX) -o $$@ $$(addprefix $$(@D)/,main.o subject.o allocator.o $(if $(filter malloc,$(1)),malloc.o)) \
	  $$(filter %.o %.a,$$^) -pthread -ldl
endef

$(foreach form,$(CRIME_FORMS),$(foreach level,$(CRIME_LEVELS),$(eval $(call crime-program,$(form),$(level)))))

# C++ and Rust come to their functions in their own ways.
$(CRIMES)/cpp/%/front.o: tests/crimes/front_cpp.cpp $(CRIMES)/cpp/%/allocator.c $(CRIME_HEADERS)
	$(CXX) -std=c++17 -O1 -g -fsized-deallocation -Itests/crimes -Itests/emitted -I$(@D) \
	  -DHEADER='"allocator.hpp"' -c -o $@ $<

$(CRIMES)/rust/%/libfront.a: tests/crimes/front_rust.rs $(CRIMES)/rust/%/allocator.c
	cp $< $(@D)/front.rs
	$(dir $(CARGO))rustc --crate-type staticlib --edition 2021 -C panic=abort -C opt-level=1 -o $@ $(@D)/front.rs

$(foreach level,$(CRIME_LEVELS),$(eval $(CRIMES)/rust/$(level)/test: $(CRIMES)/rust/$(level)/libfront.a))

CRIME_PROGRAMS := $(foreach form,$(CRIME_FORMS),$(CRIME_LEVELS:%=$(CRIMES)/$(form)/%/test))

test-crimes: $(CRIME_PROGRAMS) ## the caller's faults at each level of `harden`, and what must be said of them
	@failed=0; for program in $^; do $$program $(CRIME) || failed=1; done; exit $$failed

# The hardened levels where addresses are short. gcc-multilib would do, but cannot stand beside cross compilers:
# it brings no more than a link to the kernel's headers, which are the same.
M32          := -O2 -m32 -Wno-psabi -idirafter/usr/include/x86_64-linux-gnu
M32_PACKAGES  = libc6-dev-i386 lib32gcc-$(shell $(CC) -dumpversion)-dev lib32stdc++-$(shell $(CC) -dumpversion)-dev

test-crimes-m32: $(POOLGEN)
	@$(call install-missing,$(M32_PACKAGES))
	+@$(MAKE) -s --no-print-directory test-crimes CRIMES=$(CRIMES)-m32 CRIME_FORMS='shared none' CRIME_LEVELS='check full' \
	  CC='$(CC) $(M32)' CXX='$(CXX) -m32'
