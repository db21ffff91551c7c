# Tools on emitted code: tests/tools/README.md.

.PHONY: test-tools

TEST_EXTRA += test-tools

test-tools: $(POOLGEN) ## which bugs ASan, MSan and memcheck find in programs on emitted allocators
	@$(call install-missing,valgrind g++)
	@tests/tools/ends.sh $(POOLGEN) $(BUILD)/tests/tools-ends
	@tests/tools/run.sh $(POOLGEN) $(BUILD)/tests/tools '$(CARGO)'
