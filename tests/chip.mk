# Outputs for chips, and the keys that they brought, on this machine; tests/chip/README.md says how.
#   make test-chip    interrupts and threads, ends of pools, sections, faults: a few seconds
#   make test-flash   bytes of text on an ARMv7-M, and what outputs want of a library
# On processors of their kind they run in tests/bare/.

CHIP := $(BUILD)/chip

TEST_EXTRA += test-chip test-flash

.PHONY: test-chip test-flash deps-flash

CHIP_WARN := -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef -Wcast-align -Werror

test-chip: $(POOLGEN) ## interrupts, critical sections, borrowing, hooks, reserves, sections, faults on this machine
	@POOLGEN=$(POOLGEN) CC='$(CC)' WARN='$(CHIP_WARN)' tests/chip/run.sh $(CHIP)
	@POOLGEN=$(POOLGEN) CC='$(CC)' WARN='$(CHIP_WARN)' tests/chip/combine.sh $(CHIP)

FLASH_PACKAGES := gcc-arm-none-eabi binutils-arm-none-eabi

deps-flash:
	@$(call install-missing,$(FLASH_PACKAGES) clang)

test-flash: $(POOLGEN) deps-flash ## bytes of flash that configs/embedded.yaml takes, and helpers that no output may want
	@POOLGEN=$(POOLGEN) tests/chip/flash.sh $(CHIP)
