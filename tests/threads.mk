# Threads on an emitted allocator: tests/threads.
#   make test-threads        everything, minutes
#   make test-threads-brief  short: plain, under ThreadSanitizer, ASan and UBSan, and memcheck
#   make stress SECONDS=3600 random calls of every kind against a model, on each form of the table in turn

THREADS_BRIEF := threads-plain threads-shortage threads-stops threads-bounds threads-stress threads-tsan threads-asan \
                 threads-memcheck

.PHONY: test-threads test-threads-brief stress $(THREADS_BRIEF)

TEST_EXTRA += $(THREADS_BRIEF)

THREADS       := $(BUILD)/threads
THREADS_PARTS := $(addprefix tests/threads/,harness.c subject.c harness.h subject.h tests.h)
THREADS_SRC   := $(addprefix tests/threads/,main.c lifecycle.c traffic.c forks.c memory.c)
THREADS_ARGS  := --short
# The pools themselves, and not the malloc that would serve in their place.
THREADS_ASAN  := -fsanitize=address -fsanitize=undefined -fno-sanitize-recover=all -DTH_PASSTHROUGH=0 -DTH_WATCH=0
THREADS_CC     = -std=c11 -g $(WARN) -Werror -D_GNU_SOURCE -Itests/threads -I$(THREADS)

$(THREADS)/%.c: tests/threads/%.yaml $(POOLGEN)
	@mkdir -p $(@D)
	$(POOLGEN) -q -o $@ $<

# A table in a form is the table and a few lines more: $(call form,TABLE,FORM,'LINE'...)
define form
$(THREADS)/$(1)-$(2).yaml: tests/threads/$(1).yaml tests/threads.mk
	@mkdir -p $$(@D)
	@{ cat $$<$(if $(3),; printf '%s\n' $(3)); } >$$@
endef
$(THREADS)/%.c: $(THREADS)/%.yaml $(POOLGEN)
	$(POOLGEN) -q -o $@ $<

# The plan's figure for a thread's cache, as the emitted text states it.
cache_bytes = $(shell sed -n 's/.*cache holds at most \([0-9]*\) bytes.*/\1/p' $(1))

# $(call build-threads,COMPILER AND FLAGS)
define build-threads
	$(1) $(THREADS_CC) -DHEADER='"threads.h"' -DALLOCATOR='"$(CURDIR)/$(THREADS)/threads.c"' \
	  -DTHREAD_CACHE_BYTES=$(call cache_bytes,$(THREADS)/threads.c) -o $@ \
	  $(filter %.c,$(THREADS_PARTS)) $(THREADS_SRC) -pthread
endef

$(THREADS)/plain: $(THREADS)/threads.c $(THREADS_SRC) $(THREADS_PARTS)
	$(call build-threads,$(CC) -O2)

$(THREADS)/tsan: $(THREADS)/threads.c $(THREADS_SRC) $(THREADS_PARTS)
	$(call build-threads,$(CLANG) -O1 -fsanitize=thread)

$(THREADS)/asan: $(THREADS)/threads.c $(THREADS_SRC) $(THREADS_PARTS)
	$(call build-threads,$(CC) -O1 $(THREADS_ASAN))

# $(call build-on-malloc,COMPILER AND FLAGS)
define build-on-malloc
	$(1) $(THREADS_CC) -DHEADER='"frontend.h"' -DALLOCATOR='"$(CURDIR)/$<"' -o $@ \
	  tests/threads/frontend.c $(filter %.c,$(THREADS_PARTS)) $(THREADS)/frontend-malloc.c -pthread
endef

$(THREADS)/on-malloc: $(THREADS)/frontend.c tests/threads/frontend.c $(THREADS_PARTS)
	$(call build-on-malloc,$(CC) -O2)

# ---- Programs that compile the emitted text for itself, with steps.h for its atomics and system.h
# between it and the system: $(THREADS)/PROGRAM-FORM, $(THREADS)/tsan-PROGRAM-FORM and asan-.

$(foreach past,fail grow upstream,\
  $(eval $(call form,shortage,cached-$(past),'exhausted: $(past)'))\
  $(eval $(call form,shortage,direct-$(past),'exhausted: $(past)' 'thread_cache: 0')))
$(foreach past,fail grow,\
  $(eval $(call form,stops,cached-$(past),'exhausted: $(past)' 'batch: 64'))\
  $(eval $(call form,stops,direct-$(past),'exhausted: $(past)' 'thread_cache: 0')))
$(eval $(call form,bounds,shared))
$(eval $(call form,bounds,direct,'thread_cache: 0'))
$(eval $(call form,bounds,none,'threads: none'))
$(eval $(call form,bounds,manual,'release: manual'))
$(eval $(call form,stress,shared,'oversize: os'))
$(eval $(call form,stress,none,'threads: none'))
$(eval $(call form,stress,direct,'thread_cache: 0'))
$(eval $(call form,stress,mixed,'thread_cache: 64KiB' 'oversize: os'))
$(eval $(call form,stress,fail,'exhausted: fail'))
$(eval $(call form,stress,upstream,'exhausted: upstream' 'release: manual'))
$(eval $(call form,stress,check,'harden: check' 'oversize: os'))
$(eval $(call form,stress,full,'harden: full' 'oversize: os'))
$(eval $(call form,stress,full-fail,'harden: full' 'exhausted: fail' 'oversize: os'))
$(eval $(call form,stress,full-direct,'harden: full' 'thread_cache: 0'))
$(eval $(call form,stress,full-none,'harden: full' 'threads: none' 'oversize: os'))

# Pools of all three levels, whose spans change hands.
$(THREADS)/stress-levels.yaml: tests/threads/stress.yaml tests/threads.mk
	@mkdir -p $(@D)
	@sed -E '/size: (8|48|128|256|4096),/s/\{/{harden: full, /; /size: (16|64|192),/s/\{/{harden: check, /' $< >$@
	@echo 'oversize: os' >>$@


SHORTAGE := $(foreach past,fail grow upstream,shortage-cached-$(past) shortage-direct-$(past))
STOPS    := $(foreach past,fail grow,stops-cached-$(past) stops-direct-$(past))
BOUNDS   := bounds-shared bounds-direct bounds-none bounds-manual
STRESS   := $(addprefix stress-,shared none direct mixed fail upstream check full full-fail full-direct full-none levels)

FORMED_PARTS := $(addprefix tests/threads/,harness.c harness.h steps.c steps.h system.c system.h)

# $(call formed,PREFIX,COMPILER AND FLAGS,PROGRAM,FORM): the rule for one program.
define formed
$(THREADS)/$(1)$(3)-$(4): $(THREADS)/$(3)-$(4).c tests/threads/$(3).c $(FORMED_PARTS)
	$(2) $$(THREADS_CC) -DHEADER='"$(3)-$(4).h"' -DTH_ATOMICS='"steps.h"' -DFORM=$(subst -,_,$(4)) \
	  $(if $(findstring direct,$(4)),-DNO_CACHES) -o $$@ $$(filter %.c,$$^) \
	  -Wl,--wrap=clock_gettime,--wrap=madvise,--wrap=mmap -pthread
endef

program-of = $(firstword $(subst -, ,$(1)))
form-of    = $(patsubst $(program-of)-%,%,$(1))

$(foreach name,$(SHORTAGE) $(STOPS) $(BOUNDS) $(STRESS),\
  $(eval $(call formed,,$(CC) -O2,$(call program-of,$(name)),$(call form-of,$(name))))\
  $(eval $(call formed,tsan-,$(CLANG) -O1 -fsanitize=thread,$(call program-of,$(name)),$(call form-of,$(name))))\
  $(eval $(call formed,asan-,$(CC) -O1 $(THREADS_ASAN),$(call program-of,$(name)),$(call form-of,$(name))))\
  $(eval $(call formed,watched-,$(CC) -O1 -fsanitize=address -DTH_PASSTHROUGH=0,$(call program-of,$(name)),$(call form-of,$(name)))))

# $(call run-all,PROGRAMS[,ARGUMENTS]): one after another, up to the first that fails.
run-all = @for program in $(1); do $$program $(2) || exit 1; done

# ---- Every form is run at full length; of some the brief run does without.

ALL_FORMS ?=
BRIEF_SHORTAGE := $(if $(ALL_FORMS),$(SHORTAGE),shortage-cached-fail shortage-direct-fail shortage-direct-upstream)
BRIEF_STOPS    := $(if $(ALL_FORMS),$(STOPS),stops-cached-fail stops-direct-fail stops-cached-grow)

threads-plain: $(THREADS)/plain $(THREADS)/on-malloc
	$(call run-all,$^,$(THREADS_ARGS))

threads-shortage: $(BRIEF_SHORTAGE:%=$(THREADS)/%)
	$(call run-all,$^,$(THREADS_ARGS))

threads-stops: $(BRIEF_STOPS:%=$(THREADS)/%)
	$(call run-all,$^,$(THREADS_ARGS))

threads-bounds: $(BOUNDS:%=$(THREADS)/%)
	$(call run-all,$^,$(THREADS_ARGS))

TSAN_FORMED := $(addprefix $(THREADS)/tsan-,shortage-cached-fail stops-cached-grow stops-direct-fail)
TSAN_STRESS := $(addprefix $(THREADS)/tsan-,stress-shared stress-direct stress-mixed stress-full stress-levels)

threads-tsan: export TSAN_OPTIONS = halt_on_error=1
threads-tsan: $(THREADS)/tsan $(TSAN_FORMED) $(TSAN_STRESS)
	$(call run-all,$< $(TSAN_FORMED),$(THREADS_ARGS))
	$(call run-all,$(TSAN_STRESS),$(BRIEF_SECONDS))

ASAN_FORMED := $(addprefix $(THREADS)/asan-,bounds-shared bounds-none)
ASAN_STRESS := $(addprefix $(THREADS)/,asan-stress-shared asan-stress-mixed watched-stress-mixed watched-stress-direct)

threads-asan: $(THREADS)/asan $(ASAN_FORMED) $(ASAN_STRESS)
	$(call run-all,$< $(ASAN_FORMED),$(THREADS_ARGS))
	$(call run-all,$(ASAN_STRESS),$(BRIEF_SECONDS))

THREADS_MEMCHECK := valgrind -q --error-exitcode=9 --fair-sched=yes

threads-memcheck: $(THREADS)/plain $(THREADS)/on-malloc $(THREADS)/bounds-shared $(THREADS)/bounds-none $(THREADS)/stress-shared
	@$(call install-missing,valgrind)
	@for program in $(filter-out %stress-shared,$^); do $(THREADS_MEMCHECK) $$program --short --slow || exit 1; done
	@$(THREADS_MEMCHECK) $(THREADS)/stress-shared $(BRIEF_SECONDS) 3

# ---- Stress: each form has its share of the seconds. A table for one thread is called by the main one.

BRIEF_SECONDS := 2
THREADS_OF    = $(if $(filter %none,$(1)),0,8)

threads-stress: $(STRESS:%=$(THREADS)/%)
	@$(foreach form,shared none direct check full full-none,$(THREADS)/stress-$(form) $(BRIEF_SECONDS) $(call THREADS_OF,$(form)) &&) true

stress: $(STRESS:%=$(THREADS)/%) ## random calls from threads against a model, SECONDS=3600 for long
	@seconds=$$(($(SECONDS) / $(words $(STRESS)))); \
	$(foreach form,$(STRESS),$(THREADS)/$(form) $$seconds $(call THREADS_OF,$(form)) &&) true

test-threads-brief: $(THREADS_BRIEF)

test-threads: ## run the tests of threads at full length, and under the sanitizers and memcheck
	@$(MAKE) --no-print-directory test-threads-brief THREADS_ARGS= ALL_FORMS=yes
