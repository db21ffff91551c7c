# What the configs emit, committed.

.PHONY: golden

CONFIGS := $(sort $(wildcard configs/*.yaml))

golden: $(POOLGEN) ## rewrite out/ from configs/
	@for config in $(CONFIGS); do \
	  stem=$$(basename $$config .yaml); mkdir -p out/$$stem; \
	  $(POOLGEN) -o out/$$stem/allocator.c $$config || exit 1; \
	done

# What bench/ measures is what the table says now.
out/tokio/allocator.c: configs/tokio.yaml $(POOLGEN)
	@mkdir -p $(@D)
	$(POOLGEN) -q -o $@ $<
