# Installation. A folder's .mk adds what it has to INSTALL, one word each:
#     INSTALL += MODE:FILE:PLACE
# FILE is built first if there is a rule for it; PLACE is relative to PREFIX.
# DESTDIR stands before PREFIX and appears in no file.

.PHONY: install uninstall

INSTALL += 755:$(POOLGEN):bin/poolgen \
           644:share/poolgen.1:share/man/man1/poolgen.1 \
           $(foreach page,record merge tune report,644:share/poolgen-$(page).1:share/man/man1/poolgen-$(page).1) \
           644:share/poolgen-profile.5:share/man/man5/poolgen-profile.5 \
           644:$(BUILD)/share/poolgen.pc:share/pkgconfig/poolgen.pc \
           644:share/poolgen.mk:share/poolgen/poolgen.mk \
           644:share/meson.build.example:share/poolgen/meson.build.example \
           644:share/build.zig.example:share/poolgen/build.zig.example \
           644:share/misra.md:share/doc/poolgen/misra.md \
           644:share/poolgen.schema.json:share/poolgen/poolgen.schema.json \
           644:share/poolgen-config.cmake:share/cmake/poolgen/poolgen-config.cmake \
           644:$(BUILD)/share/poolgen-config-version.cmake:share/cmake/poolgen/poolgen-config-version.cmake \
           644:share/poolgen.bash:share/bash-completion/completions/poolgen

# Always made anew: one holds PREFIX, and no file tells when that changes.
.PHONY: look-for-prefix
$(BUILD)/share/poolgen.pc $(BUILD)/share/poolgen-config-version.cmake: $(BUILD)/share/%: share/%.in gen/version.h look-for-prefix
	@mkdir -p $(@D)
	@version=$$(sed -n 's/.*POOLGEN_VERSION "\(.*\)"/\1/p' gen/version.h); \
	sed -e 's|@PREFIX@|$(PREFIX)|' -e "s|@VERSION@|$$version|" $< >$@

install: $(foreach row,$(INSTALL),$(word 2,$(subst :, ,$(row)))) ## install under $(DESTDIR)$(PREFIX)
	@for row in $(INSTALL); do \
	  mode=$${row%%:*} file=$${row#*:}; place="$(DESTDIR)$(PREFIX)/$${file#*:}" file=$${file%%:*}; \
	  mkdir -p "$${place%/*}" && install -m "$$mode" "$$file" "$$place" || exit 1; \
	done

# Folders of our own go too when nothing else is in them.
uninstall: ## remove what install has put there
	@for row in $(INSTALL); do \
	  place="$(DESTDIR)$(PREFIX)/$${row##*:}"; folder=$${place%/*}; \
	  rm -f "$$place" || exit 1; \
	  case $$folder in */poolgen) rmdir "$$folder" 2>/dev/null || :;; esac; \
	done
