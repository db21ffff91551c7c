# What is emitted, for one thread and when memory is short; tests/emitted/README.md says how.
#   make test-emitted    every table, compiled with gcc -O2
#   make test-matrix     every table at every compiler's every level, sanitized, under memcheck,
#                        -m32, -flto; many random tables; about an hour
# `make test` runs the parts below, which between them take about two minutes.

EMITTED       := $(BUILD)/emitted
EMITTED_PARTS := emitted-compilers emitted-sanitized emitted-tools emitted-memcheck emitted-random emitted-links emitted-budget \
                 emitted-instructions

.PHONY: emitted-tables test-emitted test-matrix $(EMITTED_PARTS)

emitted-tables: $(POOLGEN)
	@tests/emitted/emit.sh $(POOLGEN) $(EMITTED)/tables

# $(call flavour,NAME,COMPILER,FLAGS[,more]): builds and runs; see flavour.mk.
flavour = @+$(MAKE) -s --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j2) \
  -f tests/emitted/flavour.mk OUT=$(EMITTED) FLAVOUR=$(1) COMPILER=$(2) FLAGS='$(3)' $(4)

SANITIZED := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
MEMCHECK  := valgrind -q --error-exitcode=99

ifeq ($(VARIANT),san)

TEST_EXTRA += test-emitted

test-emitted: emitted-tables
	$(call flavour,gcc-san,gcc,$(SANITIZED),MODE=pools TOOL=sanitizers)

else

TEST_EXTRA += test-emitted $(EMITTED_PARTS)

test-emitted: emitted-tables ## the API, sizes and shortage cases against every table's emitted code
	$(call flavour,gcc-O2,gcc,-O2)

# The tables that between them have most of what is emitted.
FEW_TABLES := config-tokio none_grow_os shared_upstream_os

emitted-compilers: emitted-tables
	$(call flavour,gcc-O0,gcc,-O0,TABLES='$(FEW_TABLES)')
	$(call flavour,gcc-O1,gcc,-O1,STD=c17 TABLES='$(FEW_TABLES)')
	$(call flavour,gcc-O3,gcc,-O3,TABLES='$(FEW_TABLES)')
	$(call flavour,clang-O0,clang,-O0,TABLES='$(FEW_TABLES)')
	$(call flavour,clang-O2,clang,-O2,STD=c17 TABLES='$(FEW_TABLES)')
	$(call flavour,clang-O3,clang,-O3,TABLES='$(FEW_TABLES)')

emitted-sanitized: emitted-tables
	$(call flavour,gcc-san,gcc,$(SANITIZED),MODE=pools TOOL=sanitizers TABLES='$(FEW_TABLES) direct_grow small_cache full_direct')

# Where malloc serves, and where tools are told of the pools.
MSAN := -O1 -g -fsanitize=memory -fno-sanitize-recover=all

emitted-tools: emitted-tables
	@$(call install-missing,valgrind)
	$(call flavour,gcc-passthrough,gcc,-O2,MODE=passthrough TABLES='none_fail_fail')
	$(call flavour,gcc-san-default,gcc,$(SANITIZED),TOOL=sanitizers TABLES='shared_upstream_os')
	$(call flavour,gcc-san-watched,gcc,$(SANITIZED),MODE=watched TOOL=sanitizers TABLES='small_cache none_grow_os check_os full_some critical_check_fail critical_full_fail')
	$(call flavour,clang-msan-watched,clang,$(MSAN),MODE=watched TOOL=memory PLAIN=1 TABLES='none_fail_fail full_one')
	$(call flavour,gcc-memcheck,gcc,-O1,MODE=memcheck TOOL=memcheck UNDER='$(MEMCHECK)' TABLES='none_fail_fail full_grow')

emitted-memcheck: emitted-tables
	@$(call install-missing,valgrind)
	$(call flavour,gcc-O2,gcc,-O2,TOOL=memcheck UNDER='$(MEMCHECK)' TABLES='config-embedded shared_upstream_os full_one')

emitted-random: emitted-tables
	@tests/emitted/random.sh $(POOLGEN) $(EMITTED) 40

emitted-links: emitted-tables
	@tests/emitted/links.sh $(POOLGEN) $(EMITTED)

emitted-budget: emitted-tables
	@tests/emitted/budget.sh $(POOLGEN) $(EMITTED)

emitted-instructions: emitted-tables
	@tests/emitted/instructions.sh $(EMITTED)

endif

# ---- the whole matrix: name, compiler, standard, flags. -m32 as the row of i386 in tests/platforms has it: gcc-multilib
# would do, but cannot stand beside cross compilers, and brings no more than a link to the kernel's headers.

MATRIX := gcc.O0.c11 gcc.O1.c11 gcc.O2.c17 gcc.O3.c11 gcc.Os.c11 gcc.flto.c17 \
          clang.O0.c11 clang.O1.c17 clang.O2.c11 clang.O3.c17 clang.Os.c11 clang.flto.c11

matrix_level = $(if $(filter flto,$(1)),-O2 -flto,-$(1))
matrix_row   = $(call flavour,$(1)-$(2)-$(3),$(1),$(call matrix_level,$(2)),STD=$(3))

.PHONY: $(MATRIX:%=matrix-%) matrix-m32 matrix-san matrix-clang-san matrix-tools matrix-memcheck matrix-random

$(MATRIX:%=matrix-%): matrix-%: emitted-tables
	$(call matrix_row,$(word 1,$(subst ., ,$*)),$(word 2,$(subst ., ,$*)),$(word 3,$(subst ., ,$*)))

matrix-m32: emitted-tables
	@$(call install-missing,$(call column,linux-i386,8))
	$(call cross-cases,linux-i386,$(call build-of,linux-i386),,)

matrix-san: emitted-tables
	$(call flavour,gcc-san,gcc,$(SANITIZED),MODE=pools TOOL=sanitizers)

matrix-clang-san: emitted-tables
	$(call flavour,clang-san,clang,$(SANITIZED),MODE=pools TOOL=sanitizers)

# Blocks of megabytes and a thousand pools are too slow under it.
matrix-memcheck: emitted-tables
	@$(call install-missing,valgrind)
	$(call flavour,gcc-O2,gcc,-O2,TOOL=memcheck UNDER='$(MEMCHECK)' \
	  TABLES='$(filter-out huge_blocks pools_%,$(sort $(basename $(notdir $(wildcard $(EMITTED)/tables/*.yaml)))))')

matrix-tools: emitted-tables
	@$(call install-missing,valgrind)
	$(call flavour,gcc-passthrough,gcc,-O2,MODE=passthrough)
	$(call flavour,gcc-san-default,gcc,$(SANITIZED),TOOL=sanitizers)
	$(call flavour,gcc-san-watched,gcc,$(SANITIZED),MODE=watched TOOL=sanitizers)
	$(call flavour,clang-san-watched,clang,$(SANITIZED),MODE=watched TOOL=sanitizers)
	$(call flavour,clang-msan-default,clang,$(MSAN),TOOL=memory PLAIN=1)
	$(call flavour,clang-msan-watched,clang,$(MSAN),MODE=watched TOOL=memory PLAIN=1)

matrix-random: emitted-tables
	@tests/emitted/random.sh $(POOLGEN) $(EMITTED) 500

MATRIX_TARGETS := $(MATRIX:%=matrix-%) matrix-m32 matrix-san matrix-clang-san matrix-tools matrix-memcheck \
                  matrix-random

test-matrix: emitted-tables ## emitted code in every way it can be compiled (an hour)
	+@MAKE='$(MAKE)' LOGS='$(BUILD)/tests' tests/run -- $(MATRIX_TARGETS)
