#!/usr/bin/env bash
# What the quickstart installs does not start with the machine: a clean Debian
# boots in a container, where services_off_inside.sh is a user with sudo.
set -u

limit_s=900
# shellcheck source=tests/support/container.sh
. "${top_srcdir:-$(dirname "$0")/../..}/tests/support/container.sh"

# What the quickstart asks for, and what the tests want to be there.
packages=(gcc make autoconf automake pkg-config curl spawn-fcgi multiwatch nginx
	libfcgi-dev libcurl4-openssl-dev libjson-c-dev libc6-dev
	libjs-dygraphs prometheus)

prepare_container services-off-test
# shellcheck source=tests/support/debian_container.sh
. "$root/tests/support/debian_container.sh"
must "a new Debian" unpack_debian
must "installing sudo" install_in_debian sudo procps iproute2
must "fetching what the quickstart installs" fetch_in_debian \
	--no-install-recommends "${packages[@]}"
must "placing the tests" place_tests tests/integration/services_off_inside.sh
boot
pass_on_results "$limit_s"
