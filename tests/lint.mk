# Lint: what no test sees. `make lint` is all of it; each part can be made alone.

.PHONY: lint format lint-tools lint-format lint-style lint-tidy lint-emitted lint-cppcheck lint-man

LINT_TOOLS := clang-format clang-tidy cppcheck mandoc
LINT_JOBS  := 2

# $(call tracked,PATTERN...): files of the checkout, not the ones somebody is still writing; without
# git, all of them.
tracked = $(or $(shell git ls-files $(foreach pattern,$(1),'$(pattern)') 2>/dev/null),$(wildcard $(1)))

# $(call tidy,FILES,FLAGS[,CHECKS]): every file, and not only those up to the first bad one.
tidy = @printf '%s\n' $(1) | xargs -P $(LINT_JOBS) -n 4 sh -c \
  'clang-tidy --quiet --checks=$(3) "$$@" -- -std=c11 $(2) 2>/dev/null' sh

lint: lint-tools lint-format lint-style lint-cppcheck lint-man lint-tidy lint-emitted ## format, clang-tidy, cppcheck, manual pages

lint-tools:
	$(call install-missing,$(LINT_TOOLS))

# What is emitted has the layout of its template and is not formatted.
lint-format: lint-tools
	clang-format --dry-run -Werror $(call tracked,gen/*.[ch] gen/*/*.[ch] tests/*.[ch] bench/*.[ch] record/*.[ch])

# gen/README.md says what the style of gen/ is. Of it, clang-format has the layout, clang-tidy the
# braces (clang-format has had them since version 15), and this the rest: no pointer that is const
# itself, and sections that begin with /* ---- words */.
GEN_SRC_ALL = $(call tracked,gen/*.[ch] gen/*/*.[ch])
STYLE_FIX  := -e 's/\*const ([A-Za-z_]+)( =|;|,|\))/*\1\2/g' -e 's/^(\/\* ---- .*[^-]) ----( \*\/)?$$/\1\2/'

lint-style:
	@bad=0; for file in $(GEN_SRC_ALL); do \
	  sed -E $(STYLE_FIX) $$file | diff -u --label "$$file" --label "$$file after make format" $$file - || bad=1; \
	done; exit $$bad

BRACES = clang-tidy --quiet --fix "--config={Checks: '-*,readability-braces-around-statements'}" \
         $(1) -- -std=c11 -Igen -D_POSIX_C_SOURCE=200809L >/dev/null 2>&1

format: lint-tools ## put gen/ into its style: braces, pointers, layout (FILES= for some of it)
	@for file in $(or $(FILES),$(GEN_SRC_ALL)); do \
	  $(call BRACES,$$file); sed -E -i $(STYLE_FIX) $$file; clang-format -i $$file; \
	done

# What takes the place of libc's functions is declared by libc, with names of its own.
LIBC_CHECKS := -readability-inconsistent-declaration-parameter-name

# Braces are everywhere in gen/ and in what is emitted; record/ has none around one statement.
RECORD_CHECKS := $(LIBC_CHECKS),-readability-braces-around-statements

# The pools that record/ includes are emitted text, which lint-emitted judges in out/.
lint-tidy: lint-tools
	$(call tidy,$(call tracked,gen/*.c gen/*/*.c),-Igen -D_POSIX_C_SOURCE=200809L)
	$(call tidy,$(call tracked,record/*.c),-Igen -isystem $(RECORD_POOLS) -D_GNU_SOURCE,$(RECORD_CHECKS))

lint-emitted: lint-tools
	$(call tidy,$(filter-out out/wasm/%,$(call tracked,out/*/*.c)),,$(LIBC_CHECKS))
	$(call tidy,$(call tracked,out/wasm/*.c),--target=wasm32 -ffreestanding,$(LIBC_CHECKS))

CPPCHECK := cppcheck -q --std=c11 --error-exitcode=1 --inline-suppr --suppress=missingIncludeSystem
CPPCHECK_EMITTED := --enable=warning,performance,portability --max-configs=1

# -Wshadow is an error already and does not take members for variables; a variable's scope may be
# wider than it must be where that reads better. Of what is emitted one configuration is looked at,
# the one that consumers compile: others need the tests' macros.
lint-cppcheck: lint-tools
	$(CPPCHECK) --enable=warning,performance,portability,style \
	  --suppress=variableScope --suppress=shadowVariable \
	  -Igen -D_POSIX_C_SOURCE=200809L $(call tracked,gen/*.c gen/*/*.c)
	$(CPPCHECK) $(CPPCHECK_EMITTED) -D__unix__=1 $(filter-out out/wasm/%,$(call tracked,out/*/*.c))
	$(CPPCHECK) $(CPPCHECK_EMITTED) -D__wasm32__=1 $(call tracked,out/wasm/*.c)

lint-man: lint-tools
	mandoc -T lint -W warning $(call tracked,share/*.[1-8])
