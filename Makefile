# poolgen: `make` alone does the main job; `make help` lists the targets.

VARIANT ?= release
PREFIX  ?= /usr/local
DESTDIR ?=
CC      = gcc
CLANG   = clang
# Where poolgen is built for another machine (CC), what runs while building is compiled by this one.
CC_FOR_BUILD = cc
PKG_CONFIG   = pkg-config

BUILD := build/$(VARIANT)
WARN  := -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef -Wcast-align \
         -Wstrict-prototypes -Wmissing-prototypes

ifeq ($(VARIANT),release)
OPT := -O2 -g
else ifeq ($(VARIANT),debug)
OPT := -O0 -g
else ifeq ($(VARIANT),san)
OPT := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else
$(error VARIANT is release, debug or san, not '$(VARIANT)')
endif

CPPFLAGS = -Igen -D_POSIX_C_SOURCE=200809L
CFLAGS   = -std=c11 $(OPT) $(WARN) -Werror
LDFLAGS  = $(filter -fsanitize=%,$(OPT))
LDLIBS   = -lyaml

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.PHONY: all help deps clean

all: deps run ## the main job, same as `make deps run`

help: ## this list
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sort | \
	  awk -F ':.*## ' '{ printf "  make %-16s %s\n", $$1, $$2 }'
	@echo '  VARIANT=release|debug|san chooses build/$$(VARIANT)'

# ---- dependencies: only what is missing is installed, and nothing is asked of the network else

DEPS := gcc libc6-dev make pkg-config libyaml-dev libcmocka-dev libjansson-dev

# $(call install-missing,PACKAGES): Debian and Ubuntu; elsewhere it says what is missing.
define install-missing
	@missing=; for p in $(1); do \
	  dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q '^install ok installed' || missing="$$missing $$p"; \
	done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if ! command -v apt-get >/dev/null; then echo "please install:$$missing" >&2; exit 1; fi; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	echo "installing:$$missing"; \
	$$sudo apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing >/dev/null
endef

deps: ## install the libraries that are missing (Debian, Ubuntu)
	$(call install-missing,$(DEPS))

# ---- each folder brings its own targets, for the files that it builds. In this order, since names of
# files are read at once: tests/ uses what all others build, share/ installs it.

include gen/gen.mk
-include $(wildcard out/out.mk bench/bench.mk examples/examples.mk record/record.mk share/share.mk tests/tests.mk)

clean: ## remove build/
	rm -rf build
