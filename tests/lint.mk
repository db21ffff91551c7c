# Lint: what no test sees. `make lint` is all of it; each part can be made alone.

.PHONY: lint lint-tools lint-format lint-tidy lint-emitted lint-cppcheck lint-man

LINT_TOOLS := clang-format clang-tidy cppcheck mandoc
LINT_JOBS  := 2

# $(call tracked,PATTERN...): files of the checkout, not the ones somebody is still writing; without
# git, all of them.
tracked = $(or $(shell git ls-files $(foreach pattern,$(1),'$(pattern)') 2>/dev/null),$(wildcard $(1)))

# $(call tidy,FILES,FLAGS[,CHECKS]): every file, and not only those up to the first bad one.
tidy = @printf '%s\n' $(1) | xargs -P $(LINT_JOBS) -n 4 sh -c \
  'clang-tidy --quiet --checks=$(3) "$$@" -- -std=c11 $(2) 2>/dev/null' sh

lint: lint-tools lint-format lint-cppcheck lint-man lint-tidy lint-emitted ## format, clang-tidy, cppcheck, manual pages

lint-tools:
	$(call install-missing,$(LINT_TOOLS))

# What is emitted has the layout of its template and is not formatted.
lint-format: lint-tools
	clang-format --dry-run -Werror $(call tracked,gen/*.[ch] gen/*/*.[ch] tests/*.[ch] bench/*.[ch] record/*.[ch])

# What takes the place of libc's functions is declared by libc, with names of its own.
LIBC_CHECKS := -readability-inconsistent-declaration-parameter-name

# The pools that record/ includes are emitted text, which lint-emitted judges in out/.
lint-tidy: lint-tools
	$(call tidy,$(call tracked,gen/*.c gen/*/*.c),-Igen -D_POSIX_C_SOURCE=200809L)
	$(call tidy,$(call tracked,record/*.c),-Igen -isystem $(RECORD_POOLS) -D_GNU_SOURCE,$(LIBC_CHECKS))

lint-emitted: lint-tools
	$(call tidy,$(call tracked,out/*/*.c),,$(LIBC_CHECKS))

CPPCHECK := cppcheck -q --std=c11 --error-exitcode=1 --inline-suppr --suppress=missingIncludeSystem

# -Wshadow is an error already and does not take members for variables; a variable's scope may be
# wider than it must be where that reads better. Of what is emitted one configuration is looked at,
# the one that consumers compile: others need the tests' macros.
lint-cppcheck: lint-tools
	$(CPPCHECK) --enable=warning,performance,portability,style \
	  --suppress=variableScope --suppress=shadowVariable \
	  -Igen -D_POSIX_C_SOURCE=200809L $(call tracked,gen/*.c gen/*/*.c)
	$(CPPCHECK) --enable=warning,performance,portability --max-configs=1 $(call tracked,out/*/*.c)

lint-man: lint-tools
	mandoc -T lint -W warning $(call tracked,share/*.[1-8])
