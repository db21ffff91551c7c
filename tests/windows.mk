# What is emitted for Windows, under wine; tests/windows/README.md says how.
#   make test-windows       one flavour of gcc with most of it, clang with the rest; under 80 seconds
#   make test-windows-all   every table and form in every flavour

.PHONY: test-windows test-windows-all deps-windows deps-windows-all windows-prefix windows-compiles

PLATFORM_TESTS += test-windows

WINDOWS        := $(BUILD)/windows
WINDOWS_TRIPLE := x86_64-w64-mingw32
WINDOWS_DEPS   := gcc-mingw-w64-x86-64-win32 wine64 clang

deps-windows:
	$(call install-missing,$(WINDOWS_DEPS))

deps-windows-all: deps-windows
	$(call install-missing,gcc-mingw-w64-x86-64-posix)

# wine in a folder of its own; Debian's package puts the program where no PATH leads.
wine      = WINEPREFIX=$(abspath $(WINDOWS)/prefix) WINEDEBUG=-all WINEDLLOVERRIDES=mscoree,mshtml= \
            $(or $(wildcard /usr/lib/wine/$(1)),$(1))
WINE      = $(call wine,wine64)
# Ends what wine has started beside programs, which would live on for a while, and hold who waits for all output.
WINE_ENDS = $(call wine,wineserver) -k

# Made once, before any program starts.
windows-prefix: $(WINDOWS)/prefix.log

$(WINDOWS)/prefix.log: | deps-windows
	@mkdir -p $(@D)
	@$(WINE) wineboot -i >$@.new 2>&1 </dev/null || { cat $@.new; false; }
	@mv $@.new $@

# ---- Flavours: compilers, which have thread-local storage of three kinds. All link with gcc's libraries.

WINDOWS_CC_win32 := $(WINDOWS_TRIPLE)-gcc-win32
WINDOWS_CC_posix := $(WINDOWS_TRIPLE)-gcc-posix
WINDOWS_CC_clang := $(CLANG) --target=$(WINDOWS_TRIPLE)
WINDOWS_LD_win32 := $(WINDOWS_CC_win32)
WINDOWS_LD_posix := $(WINDOWS_CC_posix)
WINDOWS_LD_clang := $(WINDOWS_CC_win32)

WINDOWS_WARN := $(filter-out -Wmissing-prototypes -Wstrict-prototypes,$(WARN)) -Werror
# The tests' own text says %zu, which only mingw's printf knows.
WINDOWS_OWN  := -D__USE_MINGW_ANSI_STDIO=1 -Wno-format -Wno-format-extra-args

# ---- Cases of tests/emitted: $(WINDOWS)/FLAVOUR/TABLE/cases.exe

WINDOWS_TABLES     := shared_grow_upstream none_grow_os check_os
WINDOWS_TABLES_ALL := $(WINDOWS_TABLES) shared_fail_fail shared_upstream_os none_fail_upstream mixed_policies \
                      direct_grow small_cache counters_direct check_grow check_some alignment_64 alignment_4096_up \
                      granules select_split one_pool flagship_counters
WINDOWS_CASES      := api sizes inline crimes blocks table cases

# All are for Windows alone but one.
$(WINDOWS)/all/done: tests/emitted/tables.sh
	@tests/emitted/tables.sh $(@D)
	@touch $@

$(WINDOWS)/tables/%.yaml: $(WINDOWS)/all/done tests/windows.mk
	@mkdir -p $(@D)
	@{ cat $(WINDOWS)/all/$*.yaml; echo 'target: [$(if $(filter shared_grow_upstream,$*),posix$(comma) )windows]'; } >$@

comma := ,

.SECONDARY: $(WINDOWS_TABLES_ALL:%=$(WINDOWS)/tables/%.yaml) $(WINDOWS_TABLES_ALL:%=$(WINDOWS)/tables/%.c)

$(WINDOWS)/tables/%.c: $(WINDOWS)/tables/%.yaml $(POOLGEN)
	@$(POOLGEN) -q -o $@ $<

# What is the same for every table.
define windows-cases
$(WINDOWS)/$(1)/cases/%.o: tests/emitted/%.c
	@mkdir -p $$(@D)
	@$(WINDOWS_CC_$(1)) -std=c11 -O1 -fno-builtin $(WINDOWS_WARN) $(WINDOWS_OWN) -c -o $$@ $$<

$(WINDOWS)/$(1)/cases/cases.o: tests/windows/cases.c
	@mkdir -p $$(@D)
	@$(WINDOWS_CC_$(1)) -std=c11 -O1 $(WINDOWS_WARN) $(WINDOWS_OWN) -Itests/emitted -c -o $$@ $$<
endef
$(foreach flavour,win32 posix clang,$(eval $(call windows-cases,$(flavour))))

# $(call windows-case,FLAVOUR,TABLE,NAME OF THE PROGRAM,FLAGS)
define windows-case
$(WINDOWS)/$(1)/$(2)/$(3).exe: $(WINDOWS)/tables/$(2).c tests/emitted/subject.c tests/emitted/constants.c \
    $(WINDOWS_CASES:%=$(WINDOWS)/$(1)/cases/%.o)
	@mkdir -p $$(@D)
	@$(WINDOWS_CC_$(1)) -std=c11 -O2 $(WINDOWS_WARN) $(4) -c -o $$(@D)/$(3)-allocator.o $$<
	@for source in subject constants; do \
	  $(WINDOWS_CC_$(1)) -std=c11 -O1 $(WINDOWS_WARN) $(4) -DPREFIX=$(2) -DPREFIX_UPPER=$(shell echo $(2) | tr a-z A-Z) \
	    -DHEADER='"$(2).h"' -DTABLE='"$(WINDOWS)/tables/$(2).yaml"' -DCONSTANTS=constants_c \
	    $(if $(findstring counters,$(2)),-DCOUNTERS) -I$(WINDOWS)/tables -c -o $$(@D)/$(3)-$$$$source.o \
	    tests/emitted/$$$$source.c || exit 1; \
	done
	@$(WINDOWS_LD_$(1)) -static-libgcc -o $$@ $$(@D)/$(3)-*.o $$(filter %.o,$$^)

endef

$(foreach flavour,win32 posix clang,$(foreach table,$(WINDOWS_TABLES_ALL),\
  $(eval $(call windows-case,$(flavour),$(table),cases,))))
$(foreach flavour,win32 clang,\
  $(eval $(call windows-case,$(flavour),shared_grow_upstream,passed,-DSHARED_GROW_UPSTREAM_PASSTHROUGH=1)))

# ---- Threads: $(WINDOWS)/FLAVOUR/threads-FORM.exe

WINDOWS_FORMS := grow fail direct check full
# Keys of a form, and what its program is told.
WINDOWS_KEYS_grow   := 'batch: 4' 'oversize: os'
WINDOWS_KEYS_fail   := 'batch: 4' 'exhausted: fail'
WINDOWS_KEYS_direct := 'thread_cache: 0' 'oversize: os'
WINDOWS_KEYS_check  := 'batch: 4' 'harden: check' 'exhausted: upstream' 'release: manual'
WINDOWS_KEYS_full   := 'batch: 4' 'harden: full' 'oversize: os'
WINDOWS_TOLD_grow   := -DGROWS
WINDOWS_TOLD_direct := -DGROWS -DNO_CACHES -DTHREADS=1000
WINDOWS_TOLD_fail   := -DTHREADS=1000
WINDOWS_TOLD_check  := -DTHREADS=1000
WINDOWS_TOLD_full   := -DGROWS -DTHREADS=1000

$(WINDOWS)/forms/%/wt.c: tests/windows/threads.yaml tests/windows.mk $(POOLGEN)
	@mkdir -p $(@D)
	@{ cat $<; printf '%s\n' $(WINDOWS_KEYS_$*); } >$(@D)/wt.yaml
	@$(POOLGEN) -q -o $@ $(@D)/wt.yaml

define windows-threads
$(WINDOWS)/$(1)/threads-$(2).exe: $(WINDOWS)/forms/$(2)/wt.c tests/windows/threads.c tests/windows/check.h
	@mkdir -p $$(@D)
	@$(WINDOWS_CC_$(1)) -std=c11 -O2 $(WINDOWS_WARN) $(WINDOWS_OWN) $(WINDOWS_TOLD_$(2)) -DFORM='"$(2)"' \
	  -I$$(<D) -c -o $$(@:.exe=.o) tests/windows/threads.c
	@$(WINDOWS_LD_$(1)) -static-libgcc -o $$@ $$(@:.exe=.o) -lpsapi

endef
$(foreach flavour,win32 posix clang,$(foreach form,$(WINDOWS_FORMS),$(eval $(call windows-threads,$(flavour),$(form)))))

# ---- A library that comes and goes: $(WINDOWS)/FLAVOUR/FORM/wt.dll

define windows-library
$(WINDOWS)/$(1)/library/wt.dll: $(WINDOWS)/forms/grow/wt.c tests/windows/library.c
	@mkdir -p $$(@D)
	@$(foreach source,$(WINDOWS)/forms/grow/wt.c tests/windows/library.c,\
	  $(WINDOWS_CC_$(1)) -std=c11 -O2 $(WINDOWS_WARN) -I$(WINDOWS)/forms/grow -c -o $$(@D)/$(basename $(notdir $(source))).o \
	  $(source) &&) $(WINDOWS_LD_$(1)) -shared -static-libgcc -o $$@ $$(@D)/wt.o $$(@D)/library.o
$(WINDOWS)/$(1)/library/unload.exe: tests/windows/unload.c tests/windows/check.h
	@mkdir -p $$(@D)
	@$(WINDOWS_CC_$(1)) -std=c11 -O2 $(WINDOWS_WARN) $(WINDOWS_OWN) -c -o $$(@:.exe=.o) $$<
	@$(WINDOWS_LD_$(1)) -static-libgcc -o $$@ $$(@:.exe=.o) -lpsapi
endef
$(foreach flavour,win32 posix clang,$(eval $(call windows-library,$(flavour))))

# ---- A compiler of Microsoft's kind: the text compiles, without their headers, and is not run

$(WINDOWS)/msvc/windows.h: tests/windows/msvc.h tests/windows.mk
	@mkdir -p $(@D)
	@for name in windows errno stdio stdlib string time; do echo '#include "$(CURDIR)/$<"' >$(@D)/$$name.h; done

windows-compiles: deps-windows $(WINDOWS)/msvc/windows.h $(WINDOWS_FORMS:%=$(WINDOWS)/forms/%/wt.c) $(WINDOWS_TABLES_ALL:%=$(WINDOWS)/tables/%.c)
	@for source in $(filter %.c,$^); do \
	  $(CLANG) --target=x86_64-pc-windows-msvc -std=c11 -ffreestanding -fsyntax-only $(WINDOWS_WARN) -I$(WINDOWS)/msvc $$source || exit 1; \
	done
	@echo 'ok - what is emitted for Windows compiles for MSVC too'
	@! $(WINDOWS_CC_win32) -std=c11 -c -o /dev/null out/tokio/allocator.c 2>$(WINDOWS)/elsewhere.log
	@grep -q '#error "tokio: .*change its key `target`"' $(WINDOWS)/elsewhere.log
	@echo 'ok - what is not for Windows says so there'

# ---- What is run

# $(call windows-of,FLAVOUR,TABLES,FORMS): programs.
windows-of = $(patsubst %,$(WINDOWS)/$(1)/%/cases.exe,$(2)) $(patsubst %,$(WINDOWS)/$(1)/threads-%.exe,$(3)) \
             $(addprefix $(WINDOWS)/$(1)/library/,unload.exe wt.dll)

# $(call run-windows,PROGRAMS): all, one after another; fails if one did. A DLL beside its program is its argument.
define run-windows
	@failed=0; for program in $(filter %.exe,$(1)); do \
	  case $$program in */unload.exe) more='Z:$(abspath .)/'$${program%unload.exe}wt.dll ;; *) more= ;; esac; \
	  echo "# $$program"; timeout -s KILL 600 env $(WINE) $$program $$more </dev/null || failed=1; \
	done; env $(WINE_ENDS); exit $$failed
endef

WINDOWS_BRIEF := $(call windows-of,win32,$(WINDOWS_TABLES),grow fail) $(WINDOWS)/clang/threads-full.exe \
                 $(WINDOWS)/win32/shared_grow_upstream/passed.exe
WINDOWS_LONG  := $(foreach flavour,win32 posix clang,$(call windows-of,$(flavour),$(WINDOWS_TABLES_ALL),$(WINDOWS_FORMS))) \
                 $(patsubst %,$(WINDOWS)/%/shared_grow_upstream/passed.exe,win32 clang)

# Programs are built before any of them runs, since both need all processors.
test-windows: deps-windows ## what is emitted for Windows, under wine
	@$(MAKE) -s --no-print-directory -j2 windows-compiles example-windows $(WINDOWS_BRIEF)
	$(call run-windows,$(WINDOWS_BRIEF))

test-windows-all: deps-windows-all ## the same with every table, form and compiler (long)
	@$(MAKE) -s --no-print-directory -j2 windows-compiles example-windows $(WINDOWS_LONG)
	$(call run-windows,$(WINDOWS_LONG))
