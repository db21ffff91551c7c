# What the tests of profiles run, and the report in a browser.

.PHONY: report-pages

# ---- recorded: a program of known habits, without sanitizers, as the recorder is

$(BUILD)/tests/recorded: tests/recorded.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -O1 -g $(WARN) -Werror -Wno-alloc-size-larger-than -fno-builtin -o $@ $< -lpthread

# Another malloc, which the recorder must leave to serve.
$(BUILD)/tests/test_record: | $(BUILD)/tests/recorded $(RECORD_LIB) $(POOLGEN) \
                              $(BUILD)/preload/libpoolmalloc.so

# ---- from inside: a program on an allocator with `stats: profile`

$(BUILD)/tests/own-%/program: tests/own_profile.c tests/own_profile.yaml $(POOLGEN)
	@mkdir -p $(@D)
	@{ cat tests/own_profile.yaml; echo 'threads: $*'; } >$(@D)/own.yaml
	$(POOLGEN) -q -o $(@D)/own.c $(@D)/own.yaml
	$(CC) -std=c11 -O1 -g -D_POSIX_C_SOURCE=200809L $(WARN) -Werror -I$(@D) -o $@ $(@D)/own.c $< -lpthread

$(BUILD)/tests/test_own_profile: | $(BUILD)/tests/own-none/program $(BUILD)/tests/own-shared/program

# ---- the report; look at the pictures too

report-pages: $(POOLGEN) ## draw a report in headless Chromium: build/report-pages/*.png
	@$(call install-missing,chromium fonts-dejavu-core)
	@tests/report_pages.sh $(POOLGEN) build/report-pages tests/profiles/server.json tests/profiles/pools.json
