#!/usr/bin/env bash
# Makes a minimal Debian for the tests that want a clean one, of this machine's
# release, or Debian 12 if this is another distribution, once for each build
# directory: whoever comes second waits for the first, or finds it there.
#
# usage: tests/support/debian_root.sh BUILD_DIRECTORY
#   prints the path of a tar: a root as debootstrap's minbase makes it, with the
#   security updates among its sources, and no package list or archive in it
set -euo pipefail

# shellcheck source=/dev/null
suite=$(. /etc/os-release && [ "$ID" = debian ] && echo "$VERSION_CODENAME") ||
	suite=bookworm
# Of a download that hangs.
limit_s=500
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
# shellcheck source=tests/support/debian.sh
. "$(dirname "$0")/debian.sh"
mirror=$(debian_mirror)

fail() {
	printf 'debian_root: %s\n' "$*" >&2
	exit 1
}

# A mount namespace of its own: what debootstrap mounts goes with it, however
# it ends.
make_root() {
	timeout "$limit_s" unshare --mount --propagation private \
		debootstrap --variant=minbase "$suite" "$1" "$mirror" &&
		debian_sources "$1" "$suite" "$mirror" &&
		rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/* \
			"$1"/var/log/bootstrap.log
}

if [ $# -ne 1 ] || [ ! -d "$1" ]; then
	fail "it takes a build directory"
fi
[ "$(id -u)" -eq 0 ] || fail "only root can make one"
command -v debootstrap >/dev/null || fail "debootstrap is not installed"
build=$(cd "$1" && pwd)
tar="$build/debian-root.tar"

exec 9>"$build/debian-root.lock"
flock -w "$limit_s" 9 || fail "another one is still at work in $build"
if [ ! -e "$tar" ]; then
	work="$build/debian-root.work"
	trap 'rm -rf "$work"' EXIT
	# Of one that was killed.
	rm -rf "$work"
	mkdir -p "$work"
	make_root "$work/root" >"$build/debian-root.log" 2>&1 || {
		tail -n 10 "$build/debian-root.log" >&2
		fail "debootstrap failed"
	}
	tar -C "$work/root" --numeric-owner --xattrs -cf "$work/tar" .
	mv "$work/tar" "$tar"
fi
echo "$tar"
