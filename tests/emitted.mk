# What is emitted, for one thread and when memory is short; tests/emitted/README.md says how.
#   make test-emitted    every table, compiled with gcc -O2
#   make test-matrix     every table, every compiler and level; memcheck, sanitizers, -m32: an hour
# and in parts, each of them within `make test`:

.PHONY: emitted-tables test-emitted test-emitted-compilers test-emitted-sanitized \
        test-emitted-memcheck test-emitted-links test-emitted-instructions test-matrix

EMITTED := $(BUILD)/emitted

emitted-tables: $(POOLGEN)
	@tests/emitted/emit.sh $(POOLGEN) $(EMITTED)/tables

# $(call flavour,NAME,COMPILER,FLAGS[,more])
flavour = @+$(MAKE) -s --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j2) \
  -f tests/emitted/flavour.mk OUT=$(EMITTED) FLAVOUR=$(1) COMPILER=$(2) FLAGS='$(3)' $(4)

SANITIZED := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
MEMCHECK  := valgrind -q --error-exitcode=99 --trace-children=no --undef-value-errors=yes

ifeq ($(VARIANT),san)

TEST_EXTRA += test-emitted

test-emitted: emitted-tables
	$(call flavour,gcc-san,gcc,$(SANITIZED),TOOL=sanitizers)

else

TEST_EXTRA += test-emitted test-emitted-compilers test-emitted-sanitized test-emitted-memcheck \
              test-emitted-links test-emitted-instructions

test-emitted: emitted-tables
	$(call flavour,gcc-O2,gcc,-O2)

# The tables that between them have most of what is emitted.
FEW_TABLES := tokio none_grow_os shared_upstream_os

test-emitted-compilers: emitted-tables
	$(call flavour,gcc-O0,gcc,-O0,TABLES='$(FEW_TABLES)')
	$(call flavour,gcc-O1,gcc,-O1,STD=c17 TABLES='$(FEW_TABLES)')
	$(call flavour,gcc-O3,gcc,-O3,TABLES='$(FEW_TABLES)')
	$(call flavour,clang-O0,clang,-O0,TABLES='$(FEW_TABLES)')
	$(call flavour,clang-O2,clang,-O2,STD=c17 TABLES='$(FEW_TABLES)')
	$(call flavour,clang-O3,clang,-O3,TABLES='$(FEW_TABLES)')

test-emitted-sanitized: emitted-tables
	$(call flavour,gcc-san,gcc,$(SANITIZED),TOOL=sanitizers TABLES='$(FEW_TABLES) direct_grow small_cache')

test-emitted-memcheck: emitted-tables
	$(call flavour,gcc-O2,gcc,-O2,TOOL=memcheck UNDER='$(MEMCHECK)' TABLES='$(FEW_TABLES)')

endif
