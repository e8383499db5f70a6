#!/usr/bin/env bash
# deploy/systemd under a real systemd: a container boots with this machine's
# /usr, a /etc of its own and what `make install` installs, and runs
# systemd_inside.sh, which does the tests.
set -u

limit_s=600
# shellcheck source=tests/support/container.sh
. "${top_srcdir:-$(dirname "$0")/../..}/tests/support/container.sh"

make_certificate() {
	mkdir -p "$container/etc/gpu-monitoring-api" &&
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
			-subj /CN=prometheus \
			-addext subjectAltName=DNS:prometheus.test -days 1 \
			-keyout "$container/etc/nginx/prometheus.key" \
			-out "$container/etc/nginx/prometheus.pem" 2>/dev/null
}

prepare_container systemd-test
needs_all_parts
must "the container's root" make_root
must "make install" install_build
must "openssl" make_certificate
echo 'nameserver 127.0.0.1' >"$container/etc/resolv.conf"
# Not in the build, where the service's user may not be let in.
must "placing the probe" install -m 755 \
	"$build/tests/integration/systemd_probe" "$container"
must "placing the tests" place_tests tests/integration/systemd_inside.sh
boot_installed
pass_on_results "$limit_s"
