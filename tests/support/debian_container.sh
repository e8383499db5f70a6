# shellcheck shell=bash
# For scripts that make a root with a Debian in it: how that gets its packages, as
# this machine gets its own. To be sourced.

# debian_mirror: prints $DEBIAN_MIRROR, or else where this machine's packages come
# from, if it is a Debian.
debian_mirror() {
	local found

	# shellcheck disable=SC2016 # apt-get expands it
	found=$(apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI)' \
		2>/dev/null | sed -n 's|^Debian [a-z]* \(.*/debian\)/*$|\1|p' |
		head -n 1) || true
	echo "${DEBIAN_MIRROR:-${found:-http://deb.debian.org/debian}}"
}

# debian_sources ROOT SUITE MIRROR: with the security updates, and what this
# machine's apt-get was told of proxies and the like.
debian_sources() {
	cat >"$1/etc/apt/sources.list" <<-EOF
		deb $3 $2 main
		deb $3 $2-updates main
		deb ${3%/*}/debian-security $2-security main
	EOF
	apt-config dump | grep -E '^Acquire::(https?::|Retries)' \
		>"$1/etc/apt/apt.conf.d/90network" || true
}
