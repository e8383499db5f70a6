#!/usr/bin/env bash
# The Debian package as an administrator meets it: ./deploy/package builds it,
# as a user who is not root, and a clean Debian boots in a container, where
# package_inside.sh installs, uses, upgrades, removes and purges it.
set -u

limit_s=600
built_in=/mnt
# shellcheck source=tests/support/container.sh
. "${top_srcdir:-$(dirname "$0")/../..}/tests/support/container.sh"

copy_sources() {
	cp -r "$root"/{configure.ac,Makefile.am,README.ja.md,README.md} \
		"$root"/.{clang-format,ci,dockerignore,prettierrc.json} \
		"$root"/{src,conf,deploy,tests} "$here/copy" &&
		chown -R nobody "$here/copy"
}

# Below a home that is closed nobody may enter; so it is bound elsewhere.
build_as_nobody() {
	# shellcheck disable=SC2016 # the shell inside expands it
	timeout "$limit_s" unshare --mount --propagation private bash -c '
		mount --bind "$1" "$2" && cd "$2" && shift 2 && exec "$@"
	' bash "$here/copy" "$built_in" \
		setpriv --reuid=nobody --regid=nogroup \
			--clear-groups env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
			HOME="$built_in" "$built_in/deploy/package"
}

build_packages() {
	local path

	mkdir -p "$here/copy" "$container/packages" && copy_sources || return 1
	build_as_nobody >"$here/deploy-package.log" 2>&1 || {
		cat "$here/deploy-package.log"
		return 1
	}
	path=$(sed -n "s|^The package: $built_in/||p" "$here/deploy-package.log")
	cp "$here/copy/$path" "$container/packages/1.deb" &&
		build_next 2 && build_next 3
}

# build_next NUMBER: the same files, and a greater version.
build_next() {
	local unpacked="$here/unpacked"

	rm -rf "$unpacked"
	dpkg-deb -R "$container/packages/1.deb" "$unpacked" &&
		sed -i "s/^Version: .*/&+$1/" "$unpacked/DEBIAN/control" &&
		dpkg-deb -b --root-owner-group "$unpacked" \
			"$container/packages/$1.deb"
}

prepare_container package-test
# shellcheck source=tests/support/debian_container.sh
. "$root/tests/support/debian_container.sh"
build_packages >"$here/package.log" 2>&1 &
building=$!
must "a new Debian" unpack_debian
must "installing nginx" install_in_debian nginx curl ca-certificates procps
wait "$building" || bail_out "./deploy/package failed" "$here/package.log"
must "fetching what the package depends on" fetch_in_debian /packages/1.deb
must "placing the tests" place_tests tests/integration/package_inside.sh
boot
pass_on_results "$limit_s"
