#!/usr/bin/env bash
# The README's section Troubleshooting: a container boots with this machine's
# /usr, a /etc of its own and what `make install` installs, so that the README's
# paths, ports and units are the real ones, and runs troubleshooting_inside.sh,
# which provokes each symptom and runs the section's own commands.
set -u

limit_s=150
# shellcheck source=tests/support/container.sh
. "${top_srcdir:-$(dirname "$0")/../..}/tests/support/container.sh"

# /usr is the machine's.
make_container() {
	local directory

	mkdir -p "$container"/{dev,etc/default,proc,root,run,sys,tmp,usr} \
		"$container"/var/{lib,log}/nginx || return 1
	for directory in bin sbin lib lib64; do
		ln -s "usr/$directory" "$container/$directory"
	done
	cp /etc/{passwd,group,nsswitch.conf,os-release,ld.so.cache} \
		"$container/etc" || return 1
	cp -a /etc/alternatives "$container/etc" || return 1
	echo '127.0.0.1 localhost' >"$container/etc/hosts"
	# Where the package has its settings, and the README's commands read them.
	ln -s /usr/local/etc/default/gpu-monitoring-api \
		"$container/etc/default/gpu-monitoring-api"
	place_tests tests/integration/troubleshooting_inside.sh
}

install_build() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$build" install \
		DESTDIR="$here/installed" >"$here/install.log" 2>&1 &&
		cp -r "$here/installed/usr/local/etc/nginx" "$container/etc"
}

prepare_container troubleshooting-test
if make_container && install_build && boot --bind-ro=/usr \
	--bind="$here/installed/usr/local:/usr/local" &&
	wait_for_results "$limit_s"; then
	pass_on_results
fi
bail_out "the container does not boot, or does not end"
