# SPDX-License-Identifier: GPL-2.0-or-later
# `make install`, `make uninstall`, packages. Included by the Makefile; the places are packaging/install's.

LIBEXECDIR ?= $(PREFIX)/libexec/oomortem
MANDIR     ?= $(PREFIX)/share/man
ZSHDIR     ?= $(PREFIX)/share/zsh/site-functions
# What the system itself reads is installed where PREFIX is one that it looks into.
SYSTEM     ?= $(if $(filter /usr /usr/local,$(PREFIX)),yes,no)
UNITDIR    ?= $(PREFIX)/lib/systemd/system
DRACUTDIR  ?= /usr/lib/dracut/modules.d
SOSDIR     ?= $(firstword $(wildcard /usr/lib/python3*/dist-packages/sos/report/plugins \
	      /usr/lib/python3*/site-packages/sos/report/plugins) $(PREFIX)/share/oomortem/sos)
HOOKS      ?= kdump-tools kdump-utils
MINI_PROGRAM ?= $(BUILD)/mini/oomortem

INSTALL_WITH = BUILD='$(BUILD)' VERSION='$(VERSION)' SOMAJOR='$(SOMAJOR)' PKGS='$(PKGS)' DESTDIR='$(DESTDIR)' \
	PREFIX='$(PREFIX)' LIBDIR='$(LIBDIR)' LIBEXECDIR='$(LIBEXECDIR)' MANDIR='$(MANDIR)' ZSHDIR='$(ZSHDIR)' \
	PLUGIN='$(PLUGIN)' CRASH_EXTDIR='$(CRASH_EXTDIR)' SYSTEM='$(SYSTEM)' UNITDIR='$(UNITDIR)' \
	DRACUTDIR='$(DRACUTDIR)' SOSDIR='$(SOSDIR)' MINI='$(MINI_PROGRAM)' HOOKS='$(HOOKS)'

.PHONY: install uninstall

install: all plugin $(if $(filter yes,$(SYSTEM)),mini)
	@$(INSTALL_WITH) packaging/install install
	@echo 'installed below $(or $(DESTDIR),/): $(PREFIX)$(if $(PLUGIN),$(if $(DESTDIR),, and $(CRASH_EXTDIR)/oomortem.so))'

uninstall:
	@$(INSTALL_WITH) packaging/install uninstall

# The units under a real systemd, in a guest.
.PHONY: lab-units
lab-units: setup-lab all
	tests/lab/units

# The packages, in $(BUILD)/deb and $(BUILD)/rpm. DEB_ARGS, RPM_ARGS: more for dpkg-buildpackage and rpmbuild.
.PHONY: deb rpm

# The tree without what was built, as the source of a package in folder $(1).
source_tree = rm -rf $(1) && mkdir -p $(1) && tar -c --exclude=./$(BUILD) --exclude=./build --exclude=./.git . | tar -x -C $(1)

deb:
	@packaging/setup build check package
	@$(call source_tree,$(BUILD)/deb/oomortem-$(VERSION))
	@cp -r packaging/debian $(BUILD)/deb/oomortem-$(VERSION)/
	cd $(BUILD)/deb/oomortem-$(VERSION) && env -u MAKEFLAGS -u BUILD -u CC dpkg-buildpackage -us -uc $(DEB_ARGS)
	@find $(BUILD)/deb -maxdepth 1 -name '*.deb' -o -maxdepth 1 -name '*.dsc'

rpm:
	@packaging/setup build check package
	@$(call source_tree,$(BUILD)/rpm/oomortem-$(VERSION))
	@tar -czf $(BUILD)/rpm/oomortem-$(VERSION).tar.gz -C $(BUILD)/rpm oomortem-$(VERSION)
	env -u MAKEFLAGS -u BUILD -u CC rpmbuild -ba $(RPM_ARGS) --define '_topdir $(abspath $(BUILD)/rpm)' \
		--define '_sourcedir $(abspath $(BUILD)/rpm)' packaging/rpm/oomortem.spec
	@find $(BUILD)/rpm -name '*.rpm'
