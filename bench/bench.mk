# Benchmarks; bench/README.md says what is measured how.

.PHONY: run bench bench-quick bench-harden bench-select bench-smoke deps-bench

BENCH := $(BUILD)/bench

# Always optimised, whatever VARIANT builds of poolgen. bench/calls.h says why the loads are compiled
# as if malloc and free were any functions; -fno-plt lets a shared library be called directly.
BENCH_CFLAGS := -std=c11 -D_GNU_SOURCE -O2 -g $(WARN) -Werror
LOAD_CFLAGS  := $(BENCH_CFLAGS) -fno-builtin-malloc -fno-builtin-free -fno-plt

# ---- the driver

DRIVER_OBJ := $(patsubst %,$(BENCH)/%.o,driver measure measure_scenarios progress spawn timeline series \
                machine instructions results report_table report_scenarios report_json report_svg svg svg_timelines)

# What is compiled once for each way of calling, the loads once for each pass too; and what the
# programs share.
PASSES     := measured recorded replayed
SCENARIOS  := burst thread_start residence traffic
COMMON_OBJ := $(patsubst %,$(BENCH)/%.o,scenario timed_calls steps)

$(BENCH)/bench: $(DRIVER_OBJ)
	$(CC) -o $@ $^ -lm

$(DRIVER_OBJ) $(COMMON_OBJ) $(BENCH)/select.o: $(BENCH)/%.o: bench/%.c
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -MMD -MP -c -o $@ $<

# ---- the workers: one per way of calling, the loads in each once per pass

$(BENCH)/tokio.o: out/tokio/allocator.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -O2 -c -o $@ $<


# $(call way,NAME,OBJECTS,WAY,FOLDER): the worker NAME of one way of calling, linked with OBJECTS, with the
# header of FOLDER.
define way
$(BENCH)/$(1)/worker.o: bench/worker.c $(2)
	@mkdir -p $$(@D)
	$(CC) $(LOAD_CFLAGS) -DWAY_$(3) -I$(4) -MMD -MP -c -o $$@ $$<

$(patsubst %,$(BENCH)/$(1)/%.o,$(PASSES)): $(BENCH)/$(1)/%.o: bench/loads.c $(2)
	@mkdir -p $$(@D)
	$(CC) $(LOAD_CFLAGS) -DWAY_$(3) -DPASS_$$* -I$(4) -MMD -MP -c -o $$@ $$<

$(BENCH)/worker-$(1): $(patsubst %,$(BENCH)/$(1)/%.o,worker $(PASSES)) $(BENCH)/steps.o $(2)
	$(CC) -pthread -o $$@ $$^ -lm -ldl

$(patsubst %,$(BENCH)/$(1)/%.o,$(SCENARIOS)): $(BENCH)/$(1)/%.o: bench/%.c $(2)
	@mkdir -p $$(@D)
	$(CC) $(LOAD_CFLAGS) -DWAY_$(3) -I$(4) -MMD -MP -c -o $$@ $$<

$(BENCH)/scenario-$(1): $(patsubst %,$(BENCH)/$(1)/%.o,$(SCENARIOS)) $(COMMON_OBJ) $(2)
	$(CC) -pthread -o $$@ $$^ -lm

-include $(patsubst %,$(BENCH)/$(1)/%.d,worker $(PASSES) $(SCENARIOS))
endef

$(eval $(call way,inlined,$(BENCH)/tokio.o,inlined,out/tokio))
$(eval $(call way,plain,$(BENCH)/tokio.o,plain,out/tokio))
$(eval $(call way,libc,,libc,out/tokio))

# The malloc front end, to be preloaded.
$(BENCH)/libpoolgen-malloc.so: configs/malloc.yaml $(POOLGEN)
	@mkdir -p $(BENCH)/malloc
	$(POOLGEN) -q -o $(BENCH)/malloc/allocator.c $<
	$(CC) -std=c11 -O2 -fPIC -shared -o $@ $(BENCH)/malloc/allocator.c \
	  $(BENCH)/malloc/allocator-malloc.c -pthread

# ---- levels of hardening: the flagship, called, and the malloc front end

HARDEN_LEVELS := check full

$(BENCH)/%-level/tokio/allocator.c: configs/tokio.yaml $(POOLGEN)
	@mkdir -p $(@D)
	$(POOLGEN) -q --set harden=$* -o $@ $<

$(BENCH)/%-level/tokio.o: $(BENCH)/%-level/tokio/allocator.c
	$(CC) -std=c11 -O2 -c -o $@ $<

$(BENCH)/%-level/libmalloc.so: configs/malloc.yaml $(POOLGEN)
	@mkdir -p $(@D)/malloc
	$(POOLGEN) -q --set harden=$* -o $(@D)/malloc/allocator.c $<
	$(CC) -std=c11 -O2 -fPIC -shared -o $@ $(@D)/malloc/allocator.c $(@D)/malloc/allocator-malloc.c -pthread

$(foreach level,$(HARDEN_LEVELS),$(eval \
  $(call way,$(level),$(BENCH)/$(level)-level/tokio.o,plain,$(BENCH)/$(level)-level/tokio)))

.SECONDARY: $(HARDEN_LEVELS:%=$(BENCH)/%-level/tokio/allocator.c)

# ---- tables of 1 to 1,000 pools

POOL_STEPS  := 1 3 10 30 100 300 1000
POOL_PROBES := $(POOL_STEPS:%=$(BENCH)/pools/%/probe)

$(BENCH)/pools/%/table.yaml: bench/bench.mk
	@mkdir -p $(@D)
	awk -v pools=$* 'BEGIN { print "name: probe\npools:"; for (i = 1; i <= pools; i++) \
	  printf "  - {size: %d, initial_count: 32}\n", i * 16 }' > $@

$(BENCH)/pools/%/allocator.c: $(BENCH)/pools/%/table.yaml $(POOLGEN)
	$(POOLGEN) -q -o $@ $<

$(BENCH)/pools/%/probe: $(BENCH)/pools/%/allocator.c bench/pools.c
	$(CC) -std=c11 -O2 -I$(@D) -pthread -o $@ bench/pools.c $<

.SECONDARY: $(foreach file,table.yaml allocator.c,$(POOL_STEPS:%=$(BENCH)/pools/%/$(file)))

# ---- tight pools: what each choice of `exhausted` does, with caches and without

TIGHT_TABLES := $(foreach choice,fail grow upstream,$(choice) $(choice)-no-cache)
TIGHT_PROBES := $(TIGHT_TABLES:%=$(BENCH)/tight/%/probe)

$(BENCH)/tight/%/table.yaml: bench/bench.mk
	@mkdir -p $(@D)
	printf 'name: tight\nexhausted: %s\n%bpools:\n  - {size: 64, initial_count: 200000}\n' \
	  $(*:-no-cache=) $(if $(filter %-no-cache,$*),'thread_cache: 0\n') > $@

$(BENCH)/tight/%/allocator.c: $(BENCH)/tight/%/table.yaml $(POOLGEN)
	$(POOLGEN) -q -o $@ $<

$(BENCH)/tight/%/probe: $(BENCH)/tight/%/allocator.c bench/tight.c $(BENCH)/steps.o
	$(CC) $(BENCH_CFLAGS) -Ibench -I$(@D) -pthread -o $@ bench/tight.c $< $(BENCH)/steps.o

.SECONDARY: $(foreach file,table.yaml allocator.c,$(TIGHT_TABLES:%=$(BENCH)/tight/%/$(file)))

# ---- the selector laboratory: every form of the selector for every table of bench/select.tables

SELECT        := $(BENCH)/select
SELECT_TABLES := $(shell sed '/^\#/d; s/ .*//' bench/select.tables)
SELECT_FORMS  := auto unrolled table bits
SELECT_PROBES := $(foreach table,$(SELECT_TABLES),$(SELECT_FORMS:%=$(SELECT)/$(table)/%/probe))
SELECT_OBJ    := $(patsubst %,$(BENCH)/%.o,select spawn timeline progress series machine)

$(BENCH)/select-lab: $(SELECT_OBJ)
	$(CC) -o $@ $^ -lm

$(SELECT)/%/table.yaml: bench/select.tables
	@mkdir -p $(@D)
	awk -v table=$(patsubst %/,%,$(dir $*)) -v form=$(notdir $*) '$$1 == table { \
	  print "name: probe\nselect: " form "\npools:"; \
	  for (i = 2; i <= NF; i++) printf "  - {size: %d, initial_count: 16}\n", $$i }' $< > $@

# Some forms cannot represent some tables: then the probe is empty and not run.
$(SELECT)/%/probe: $(SELECT)/%/table.yaml bench/select_probe.c $(POOLGEN)
	@rm -f $@
	@$(POOLGEN) -q -o $(@D)/allocator.c $< 2> $(@D)/refused && \
	  $(CC) -std=c11 -O2 -I$(@D) -pthread -o $@ bench/select_probe.c || \
	  { grep -q 'select: ' $(@D)/refused && : > $@; }

.SECONDARY: $(SELECT_PROBES:%/probe=%/table.yaml)

-include $(DRIVER_OBJ:.o=.d) $(COMMON_OBJ:.o=.d) $(BENCH)/select.d

# ---- targets. BENCH_ARGS goes to the driver: make bench BENCH_ARGS='--only steady --json steady.json'

WORKERS           := $(patsubst %,$(BENCH)/worker-%,inlined plain libc)
SCENARIO_PROGRAMS := $(patsubst %,$(BENCH)/scenario-%,plain libc)
BENCHED := $(BENCH)/bench $(WORKERS) $(SCENARIO_PROGRAMS) $(POOL_PROBES) $(TIGHT_PROBES) \
           $(if $(wildcard configs/malloc.yaml),$(BENCH)/libpoolgen-malloc.so)

run: $(BENCH)/bench $(BENCH)/worker-inlined $(BENCH)/worker-libc ## build, emit out/tokio/, and run it beside malloc and beside the limit
	$(BENCH)/bench --run

PEER_PACKAGES := libjemalloc2 libmimalloc2.0 libtcmalloc-minimal4
PEERS         ?=
PEER_ARGS      = $(PEERS:%=--peer %)

deps-bench: deps ## install the peers that bench compares with, and valgrind
	-$(call install-missing,$(PEER_PACKAGES) valgrind)

# The spawn storm needs Rust; where that is missing it is left out.
bench: deps-bench $(BENCHED) ## every load with every allocator, about half an hour (PEERS='NAME=FILE.so ...' BENCH_ARGS='--json FILE --svg FILE --only LOAD')
	$(if $(CARGO),-@$(MAKE) --no-print-directory tokio-storm)
	$(BENCH)/bench $(if $(CARGO),--tokio $(TOKIO)) $(PEER_ARGS) $(BENCH_ARGS)

bench-quick: deps-bench $(BENCHED) ## the same in about a minute, with more noise, scenarios of a 64th, and no storm
	$(BENCH)/bench --quick $(PEER_ARGS) $(BENCH_ARGS)

# Of compiler-rt, beside clang; a package of its own on some systems.
SCUDO = $(shell $(CLANG) -print-file-name=libclang_rt.scudo_standalone-$(shell uname -m).so)
HARDENED_WORKERS   := $(HARDEN_LEVELS:%=$(BENCH)/worker-%)
HARDENED_LIBRARIES := $(HARDEN_LEVELS:%=$(BENCH)/%-level/libmalloc.so)
HARDENED_LOADS     := pair-const-64,pair-const-8192,pair-random,steady,producer-consumer,larson-like

bench-harden: deps-bench $(BENCHED) $(HARDENED_WORKERS) $(HARDENED_LIBRARIES) ## each level of `harden` beside scudo, glibc and mimalloc, python3 too (REPEAT=5)
	$(BENCH)/bench --allocators poolgen,preloaded,glibc,mimalloc --peer scudo=$(SCUDO) $(PEER_ARGS) \
	  $(foreach level,$(HARDEN_LEVELS),--ours $(level)=$(BENCH)/worker-$(level) \
	    --ours pre-$(level)=$(CURDIR)/$(BENCH)/$(level)-level/libmalloc.so) \
	  --only $(HARDENED_LOADS) --parts loads,instructions $(BENCH_ARGS)
	bench/python.sh $(REPEAT) preloaded=$(CURDIR)/$(BENCH)/libpoolgen-malloc.so \
	  $(foreach level,$(HARDEN_LEVELS),pre-$(level)=$(CURDIR)/$(BENCH)/$(level)-level/libmalloc.so) \
	  scudo=$(SCUDO) glibc= mimalloc=libmimalloc.so.2 $(PEERS)

bench-select: $(BENCH)/select-lab $(SELECT_PROBES) ## what each form of the selector costs, beside what the plan's model says
	$(BENCH)/select-lab $(POOLGEN) $(SELECT) $(SELECT_TABLES)

# Proves that the loads and the driver work, not how fast anything is.
TEST_EXTRA += bench-smoke

bench-smoke: $(BENCH)/bench $(BENCH)/worker-libc $(BENCH)/scenario-libc $(BENCH)/tight/fail/probe
	@$(BENCH)/bench --quick --seconds 0.001 --repetitions 1 --divisor 4096 --allocators glibc --peer again=libc.so.6 \
	  --parts loads,scenarios,tight --json $(BENCH)/smoke.json --svg $(BENCH)/smoke.svg > $(BENCH)/smoke.txt
	@if $(BENCH)/bench --peer nameless --only coverage 2> /dev/null; then echo 'bench takes a peer without a file'; exit 1; fi
