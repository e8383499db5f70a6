# shellcheck shell=bash
# For tests in a container with a clean Debian; to be sourced after
# prepare_container.

# unpack_debian: as debootstrap makes it.
unpack_debian() {
	local tar

	tar=$("${root:?}/tests/support/debian_root.sh" "${build:?}") &&
		tar -C "${container:?}" --xattrs -xf "$tar"
}

# in_debian COMMAND...: before it boots, with this machine's network.
in_debian() {
	(
		enter_own_groups
		SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 exec setpriv \
			--pdeathsig TERM timeout "${limit_s:?}" \
			systemd-nspawn --quiet --machine="${machine:?}" \
			--directory="$container" --register=no --keep-unit \
			--console=pipe --resolv-conf=copy-host --as-pid2 \
			--setenv=DEBIAN_FRONTEND=noninteractive "$@"
	) </dev/null
}

# install_in_debian PACKAGE...: their services start when it boots, not in this
# machine's network.
install_in_debian() {
	printf '#!/bin/sh\nexit 101\n' >"$container/usr/sbin/policy-rc.d"
	chmod 755 "$container/usr/sbin/policy-rc.d"
	echo force-unsafe-io >"$container/etc/dpkg/dpkg.cfg.d/fast"
	in_debian apt-get update -qq &&
		in_debian apt-get install -y -qq --no-install-recommends \
			systemd-sysv "$@" &&
		rm "$container/usr/sbin/policy-rc.d"
}

# fetch_in_debian [OPTION...] PACKAGE...: a container that has booted has no network: they, and
# what they depend on, are there, as apt-get found them.
fetch_in_debian() {
	in_debian apt-get install -y -qq --download-only "$@"
}
