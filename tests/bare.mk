# Emitted allocators on processors without an operating system, emulated: tests/bare.

.PHONY: test-bare test-bare-long test-bare-boards test-bare-levels test-bare-boards-long test-bare-levels-long \
        test-chip-figures-long chip-figures test-chip-figures test-misra test-firmware deps-bare

BARE := $(BUILD)/bare

deps-bare:
	@$(call install-missing,gcc-arm-none-eabi gcc-riscv64-unknown-elf qemu-system-arm qemu-system-misc cppcheck python3)

# ---- boards: compiler, flags, linker script, emulator. An instruction takes 2^shift ns of virtual time, about
# as much as a clock of the timer or a little more, so that each can be interrupted.

BARE_BOARDS := microbit an385 an386 an505 rv32 rv64

# $(call memory,FLASH,SIZE,RAM,SIZE)
memory = -Wl,--defsym=FLASH=$(1),--defsym=FLASH_SIZE=$(2),--defsym=RAM=$(3),--defsym=RAM_SIZE=$(4),--defsym=STACK_SIZE=2048

BARE_CPU_microbit := -mcpu=cortex-m0 -mthumb
BARE_CPU_an385    := -mcpu=cortex-m3 -mthumb
BARE_CPU_an386    := -mcpu=cortex-m4 -mthumb
BARE_CPU_an505    := -mcpu=cortex-m33 -mthumb
BARE_CPU_rv32     := -march=rv32imac -mabi=ilp32 -mcmodel=medany
BARE_CPU_rv64     := -march=rv64imac -mabi=lp64 -mcmodel=medany

BARE_LINK_microbit := $(call memory,0,256K,0x20000000,16K)
BARE_LINK_an385    := $(call memory,0,4M,0x20000000,4M)
BARE_LINK_an386    := $(BARE_LINK_an385)
BARE_LINK_an505    := $(call memory,0x10000000,4M,0x38000000,4M)

BARE_LINK_rv32     := -Wl,--no-warn-rwx-segments
BARE_LINK_rv64     := $(BARE_LINK_rv32)

BARE_QEMU_microbit := qemu-system-arm -M microbit -icount shift=6,sleep=off
BARE_QEMU_an385    := qemu-system-arm -M mps2-an385 -icount shift=6,sleep=off
BARE_QEMU_an386    := qemu-system-arm -M mps2-an386 -icount shift=6,sleep=off
BARE_QEMU_an505    := qemu-system-arm -M mps2-an505 -icount shift=6,sleep=off
BARE_QEMU_rv32     := qemu-system-riscv32 -M virt -bios none -icount shift=7,sleep=off
BARE_QEMU_rv64     := qemu-system-riscv64 -M virt -bios none -icount shift=7,sleep=off

BARE_RISCV_BOARDS := rv32 rv64
bare_prefix = $(if $(filter $(1),$(BARE_RISCV_BOARDS)),riscv64-unknown-elf-,arm-none-eabi-)
bare_core   = $(if $(filter $(1),$(BARE_RISCV_BOARDS)),tests/bare/riscv,examples/firmware/cortex_m)
bare_clang  = $(if $(filter $(1),$(BARE_RISCV_BOARDS)),--target=$(1:rv%=riscv%)-unknown-elf,--target=arm-none-eabi -meabi gnu)

# ---- programs

BARE_TABLES  := none critical borrow hook check
BARE_SOURCES := $(addprefix tests/bare/,main.c shared.c api.c sizes.c shortage.c interrupts.c) \
                $(addprefix examples/firmware/,host.c memory.c)
BARE_HEADERS := $(wildcard tests/bare/*.h examples/firmware/*.h)
BARE_FLAGS   := -std=c11 -g -ffreestanding -ffunction-sections -fdata-sections $(WARN) -Werror \
                -Iexamples/firmware -Itests/bare -include chip.h

.SECONDARY: $(BARE_TABLES:%=$(BARE)/tables/%/allocator.c)

$(BARE)/tables/%/allocator.c: tests/bare/tables/%.yaml tests/bare/rows.awk $(POOLGEN)
	@mkdir -p $(@D)
	$(POOLGEN) -q -o $@ $<
	@awk -f tests/bare/rows.awk $< >$(@D)/rows.h

# $(call bare-program,BOARD,NAME,TABLE,COMPILER AND FLAGS): the allocator's state has a section of its own, to be set
# back; what the compiler would make of memset's own loop is memset.
define bare-program
$(BARE)/$(1)/$(2).elf: $(BARE)/tables/$(3)/allocator.c $(BARE_SOURCES) $(BARE_HEADERS) $(call bare_core,$(1)).c \
                       $(call bare_core,$(1)).ld tests/bare.mk | deps-bare
	@mkdir -p $(BARE)/$(1)/$(2)
	@for source in $$(filter %.c,$$^); do \
	  $(4) $(BARE_CPU_$(1)) $(BARE_FLAGS) -I$(BARE)/tables/$(3) $$$$(case $$$$source in \
	      */memory.c) echo -fno-builtin $(if $(findstring clang,$(4)),,-fno-tree-loop-distribute-patterns);; \
	      */allocator.c) echo -fno-data-sections;; esac) \
	    -c -o $(BARE)/$(1)/$(2)/$$$$(basename $$$$source .c).o $$$$source || exit 1; \
	done
	@$(call bare_prefix,$(1))objcopy --rename-section .bss=allocator_state $(BARE)/$(1)/$(2)/allocator.o
	$(call bare_prefix,$(1))gcc $(BARE_CPU_$(1)) -nostdlib -Wl,--gc-sections,--no-warn-execstack $(BARE_LINK_$(1)) \
	  -T $(call bare_core,$(1)).ld -o $$@ $(BARE)/$(1)/$(2)/*.o -lgcc
endef

# Of which I has the registers of control and status, as it had before they were an extension.
bare_gcc = $(call bare_prefix,$(1))gcc $(if $(filter $(1),$(BARE_RISCV_BOARDS)),-misa-spec=2.2)

$(foreach board,$(BARE_BOARDS),\
  $(foreach table,$(BARE_TABLES),\
    $(eval $(call bare-program,$(board),$(table),$(table),$(call bare_gcc,$(board)) -Os)))\
  $(foreach case,0 1,$(eval $(call bare-program,$(board),unmasked-$(case),critical,\
    $(call bare_gcc,$(board)) -O2 -DUNMASKED -DINTERRUPT_CASE=$(case)))))

# Faults of the caller's.
$(foreach board,microbit rv32,\
  $(eval $(call bare-program,$(board),crime,critical,$(call bare_gcc,$(board)) -O2 -DCRIME))\
  $(eval $(call bare-program,$(board),double,check,$(call bare_gcc,$(board)) -O2 -DCRIME)))

# BASEPRI, which Cortex-M0 and RISC-V do not have.
BARE_M := an385 an386 an505
$(foreach board,$(BARE_M),\
  $(eval $(call bare-program,$(board),basepri,critical,$(call bare_gcc,$(board)) -Os -DCRITICAL_PRIORITY=0x40)))

# The long form: other levels, and clang, whose objects gcc links.
BARE_LEVELS := O0 O2 O3
BARE_LONG   := $(foreach table,$(BARE_TABLES),$(foreach level,$(BARE_LEVELS),$(table)-$(level)) $(table)-clang)

$(foreach board,$(BARE_BOARDS),$(foreach table,$(BARE_TABLES),\
  $(foreach level,$(BARE_LEVELS),\
    $(eval $(call bare-program,$(board),$(table)-$(level),$(table),$(call bare_gcc,$(board)) -$(level))))\
  $(eval $(call bare-program,$(board),$(table)-clang,$(table),$(CLANG) $(call bare_clang,$(board)) -Os))))

# ---- running them

# $(call bare-programs,PROGRAMS): as BOARD/PROGRAM. $(call bare-lines,THEM): lines for run.sh.
bare-programs = $(foreach board,$(BARE_BOARDS),$(1:%=$(board)/%))
bare-lines    = $(foreach program,$(1),"$(program) $(if $(findstring /unmasked,$(program)),unmasked,cases) \
  $(BARE)/$(program).elf $(BARE_QEMU_$(patsubst %/,%,$(dir $(program))))")

BARE_SEEDS := 20
BARE_JOBS  := 2
BARE_SHORT := $(call bare-programs,$(BARE_TABLES) unmasked-0 unmasked-1) $(BARE_M:%=%/basepri) \
              $(foreach board,microbit rv32,$(board)/crime $(board)/double)

# $(call bare-build,PROGRAMS): some at a time, whatever make was told.
bare-build = @$(MAKE) -s --no-print-directory -j$(BARE_JOBS) $(1:%=$(BARE)/%.elf)

test-bare-boards: $(POOLGEN) | deps-bare ## of test-bare, the programs on boards (BARE_SEEDS=20)
	$(call bare-build,$(BARE_SHORT))
	@printf '%s\n' $(call bare-lines,$(BARE_SHORT)) >$(BARE)/list
	@tests/bare/run.sh $(BARE)/list $(BARE_SEEDS)

BARE_LEVELS_ALL := $(call bare-programs,$(BARE_LONG))

test-bare-levels: $(POOLGEN) | deps-bare
	$(call bare-build,$(BARE_LEVELS_ALL))
	@printf '%s\n' $(call bare-lines,$(BARE_LEVELS_ALL)) >$(BARE)/list-levels
	@tests/bare/run.sh $(BARE)/list-levels $(BARE_SEEDS)

# ---- figures, MISRA, the example, and all of it

OBSERVED_LEVELS := -Os

test-chip-figures: $(POOLGEN) | deps-bare
	@/usr/bin/python3 -B tests/bare/test_paths.py
	@/usr/bin/python3 -B tests/bare/figures.py $(POOLGEN) $(BARE)/figures
	@/usr/bin/python3 -B tests/bare/observed.py $(BARE)/figures $(OBSERVED_LEVELS)

chip-figures: $(POOLGEN) | deps-bare ## rewrite README's instructions and bytes on chips
	/usr/bin/python3 -B tests/bare/figures.py $(POOLGEN) $(BARE)/figures --rewrite

test-misra: $(BARE_TABLES:%=$(BARE)/tables/%/allocator.c) | deps-bare
	@tests/bare/misra.sh $(BARE_TABLES:%=$(BARE)/tables/%)

# README of the example has what it prints.
test-firmware: $(POOLGEN) | deps-bare
	@tests/bare/firmware.sh

PLATFORM_TESTS += test-bare

test-bare: test-bare-boards test-chip-figures test-misra test-firmware ## emitted code on emulated chips, in short

test-bare-long: ## the same with thousands of seeds, clang, and other levels (half an hour)
	+@MAKE='$(MAKE)' LOGS='$(BUILD)/tests' tests/run -- test-bare-boards-long test-bare-levels-long test-chip-figures-long

test-bare-boards-long:
	@$(MAKE) --no-print-directory test-bare-boards BARE_SEEDS=1000

test-chip-figures-long:
	@$(MAKE) --no-print-directory test-chip-figures OBSERVED_LEVELS='-Os -O2'

test-bare-levels-long:
	@$(MAKE) --no-print-directory test-bare-levels BARE_SEEDS=100
