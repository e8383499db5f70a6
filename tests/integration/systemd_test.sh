#!/usr/bin/env bash
# deploy/systemd under a real systemd: a container boots with this machine's
# /usr, a /etc of its own and what `make install` installs, and runs
# systemd_inside.sh, which does the tests.
set -u

limit_s=180
# shellcheck source=tests/support/container.sh
. "${top_srcdir:-$(dirname "$0")/../..}/tests/support/container.sh"

make_certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-subj /CN=prometheus -addext subjectAltName=DNS:prometheus.test \
		-days 1 -keyout "$container/etc/nginx/prometheus.key" \
		-out "$container/etc/nginx/prometheus.pem" 2>/dev/null
}

# What nginx and the unit that runs the tests need; /usr is the machine's.
make_container() {
	local directory

	mkdir -p "$container"/{dev,proc,root,run,sys,tmp,usr} \
		"$container"/etc/gpu-monitoring-api \
		"$container"/var/{lib,log}/nginx || return 1
	for directory in bin sbin lib lib64; do
		ln -s "usr/$directory" "$container/$directory"
	done
	cp /etc/{passwd,group,nsswitch.conf,os-release,ld.so.cache} \
		"$container/etc" || return 1
	echo '127.0.0.1 localhost' >"$container/etc/hosts"
	echo 'nameserver 127.0.0.1' >"$container/etc/resolv.conf"
	place_tests tests/integration/systemd_inside.sh
}

install_build() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$build" install \
		DESTDIR="$here/installed" >"$here/install.log" 2>&1 &&
		cp -r "$here/installed/usr/local/etc/nginx" "$container/etc" &&
		make_certificate
}

prepare_container systemd-test
if make_container && install_build && boot --bind-ro=/usr \
	--bind="$here/installed/usr/local:/usr/local" &&
	wait_for_results "$limit_s"; then
	pass_on_results
fi
bail_out "the container does not boot, or does not end"
