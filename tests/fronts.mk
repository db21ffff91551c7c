# The emitted front ends, what consumers build with, and the schema.

.PHONY: test-rust test-cpp test-zig test-consumers test-schema

TEST_EXTRA += test-rust test-cpp test-zig test-consumers test-schema

NEEDS_test-cpp       := g++
NEEDS_test-consumers  = cmake meson ninja-build pkg-config bash-completion librust-cc-dev $(call column,linux-aarch64,8)

# For consumers that compile for another machine.
test-consumers: export CROSS_CC = $(call build-of,linux-aarch64)
test-consumers: export CROSS_RUN = $(call run-of,linux-aarch64)

test-rust test-cpp test-consumers: $(POOLGEN)
	@$(if $(NEEDS_$@),$(call install-missing,$(NEEDS_$@)))
	@POOLGEN=$(abspath $(POOLGEN)) CARGO='$(CARGO)' tests/$(subst -,_,$@).sh

test-zig: $(POOLGEN) $(ZIG)
	@POOLGEN=$(abspath $(POOLGEN)) ZIG=$(if $(ZIG),$(abspath $(ZIG))) tests/test_zig.sh

test-schema: $(POOLGEN)
	@$(call install-missing,python3-jsonschema python3-yaml)
	@POOLGEN=$(POOLGEN) /usr/bin/python3 tests/test_schema.py
