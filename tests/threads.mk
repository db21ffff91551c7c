# Threads on an emitted allocator: tests/threads.
#   make test-threads        everything, minutes
#   make test-threads-brief  short: plain, under ThreadSanitizer, ASan and UBSan, and memcheck

.PHONY: test-threads test-threads-brief threads-plain threads-tsan threads-asan threads-memcheck

TEST_EXTRA += threads-plain threads-tsan threads-asan threads-memcheck

THREADS       := $(BUILD)/threads
THREADS_PARTS := $(addprefix tests/threads/,harness.c subject.c harness.h subject.h tests.h)
THREADS_SRC   := $(addprefix tests/threads/,main.c lifecycle.c traffic.c forks.c memory.c)
THREADS_ARGS  := --short
THREADS_CC     = -std=c11 -g $(WARN) -Werror -D_GNU_SOURCE -Itests/threads -I$(THREADS)

$(THREADS)/%.c: tests/threads/%.yaml $(POOLGEN)
	@mkdir -p $(@D)
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
	$(call build-threads,$(CC) -O1 -fsanitize=address -fsanitize=undefined -fno-sanitize-recover=all)

$(THREADS)/on-malloc: $(THREADS)/frontend.c tests/threads/frontend.c $(THREADS_PARTS)
	$(CC) -O2 $(THREADS_CC) -DHEADER='"frontend.h"' -DALLOCATOR='"$(CURDIR)/$<"' -o $@ \
	  tests/threads/frontend.c $(filter %.c,$(THREADS_PARTS)) $(THREADS)/frontend-malloc.c -pthread

threads-plain: $(THREADS)/plain $(THREADS)/on-malloc
	@$(THREADS)/plain $(THREADS_ARGS) && $(THREADS)/on-malloc $(THREADS_ARGS)

threads-tsan: $(THREADS)/tsan
	@TSAN_OPTIONS=halt_on_error=1 $< $(THREADS_ARGS)

threads-asan: $(THREADS)/asan
	@$< $(THREADS_ARGS)

threads-memcheck: $(THREADS)/plain $(THREADS)/on-malloc
	@$(call install-missing,valgrind)
	@for program in $^; do \
	  valgrind -q --error-exitcode=9 --fair-sched=yes $$program --short --slow || exit 1; done

test-threads-brief: threads-plain threads-tsan threads-asan threads-memcheck

test-threads: ## run the tests of threads at full length, and under the sanitizers and memcheck
	@$(MAKE) --no-print-directory test-threads-brief THREADS_ARGS=
