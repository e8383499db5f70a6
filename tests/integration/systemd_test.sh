#!/usr/bin/env bash
# deploy/systemd under a real systemd: a container boots with this machine's
# /usr, a /etc of its own and what `make install` installs, and runs
# systemd_inside.sh, which does the tests.
set -u

root=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${top_builddir:-.}
here="$build/systemd-test"
container="$here/root"
nspawn=
limit_s=90

skip() {
	echo "1..0 # SKIP $*"
	exit 0
}

[ "$(id -u)" -eq 0 ] || skip "only root can boot a container"
command -v systemd-nspawn >/dev/null || skip "systemd-nspawn is not installed"

finish() {
	# The second signal makes it quit at once.
	if [ -n "$nspawn" ]; then
		kill -TERM "$nspawn" 2>/dev/null
		kill -TERM "$nspawn" 2>/dev/null
		wait "$nspawn"
	fi
	rm -rf "$here"
}

make_certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-subj /CN=prometheus -addext subjectAltName=DNS:prometheus.test \
		-days 1 -keyout "$container/etc/nginx/prometheus.key" \
		-out "$container/etc/nginx/prometheus.pem" 2>/dev/null
}

# What nginx and the unit that runs the tests need; /usr is the machine's.
make_container() {
	local directory

	mkdir -p "$container"/{dev,proc,root,run,sys,tmp,usr,results} \
		"$container"/etc/{default,gpu-monitoring-api,nginx} \
		"$container"/etc/systemd/system \
		"$container"/var/{lib,log}/nginx || return 1
	for directory in bin sbin lib lib64; do
		ln -s "usr/$directory" "$container/$directory"
	done
	cp /etc/{passwd,group,nsswitch.conf,os-release,ld.so.cache} \
		"$container/etc" || return 1
	echo '127.0.0.1 localhost' >"$container/etc/hosts"
	echo 'nameserver 127.0.0.1' >"$container/etc/resolv.conf"
	# With one, this is no first boot, which would enable more services.
	systemd-id128 new >"$container/etc/machine-id"
	make_certificate
	cat >"$container/etc/systemd/system/tests.service" <<-END
		[Service]
		Type=oneshot
		ExecStart=/bin/bash /source/tests/integration/systemd_inside.sh
		StandardOutput=file:/results/tap
		StandardError=file:/results/errors
	END
}

install_build() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$build" install \
		DESTDIR="$here/installed" >"$here/install.log" 2>&1 &&
		cp -r "$here/installed/usr/local/etc/nginx" "$container/etc"
}

boot() {
	SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn --quiet --directory="$container" --boot --register=no \
		--keep-unit --private-network --console=pipe --bind-ro=/usr \
		--bind="$here/installed/usr/local:/usr/local" \
		--bind-ro="$root:/source" --bind-ro="$build:/build" \
		systemd.unit=tests.service </dev/null >"$here/console" 2>&1 &
	nspawn=$!
}

# The script leaves its exit status behind.
wait_for_results() {
	local until=$((SECONDS + limit_s))

	until [ -s "$container/results/status" ]; do
		[ "$SECONDS" -lt "$until" ] && kill -0 "$nspawn" 2>/dev/null ||
			return 1
		sleep 0.1
	done
}

rm -rf "$here"
mkdir -p "$here"
trap finish EXIT
if make_container && install_build && boot && wait_for_results; then
	cat "$container/results/tap"
	sed 's/^/# /' "$container/results/errors"
	exit "$(cat "$container/results/status")"
fi
echo "Bail out! the container does not boot, or does not end"
tail -n 20 "$here"/{install.log,console} "$container"/results/* 2>&1 |
	sed 's/^/# /'
exit 1
