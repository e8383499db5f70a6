#!/usr/bin/env bash
# Troubleshooting in deploy/README.md: a container boots with this machine's
# /usr, a /etc of its own and what `make install` installs, so that the README's
# paths, ports and units are the real ones, and runs troubleshooting_inside.sh,
# which provokes each symptom and runs the section's own commands.
set -u

limit_s=600
# shellcheck source=tests/support/container.sh
. "${top_srcdir:-$(dirname "$0")/../..}/tests/support/container.sh"

# Where the package has its settings, and the README's commands read them.
place_settings() {
	local etc

	etc=$(directory sysconfdir)
	cp -a /etc/alternatives "$container/etc" || return 1
	[ "$etc" = /etc ] || ln -s "$etc/default/gpu-monitoring-api" \
		"$container/etc/default/gpu-monitoring-api"
}

prepare_container troubleshooting-test
needs_all_parts
must "the container's root" make_root
must "make install" install_build
must "placing the settings" place_settings
must "placing the tests" place_tests tests/integration/troubleshooting_inside.sh
boot_installed
pass_on_results "$limit_s"
