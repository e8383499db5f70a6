# shellcheck shell=bash
# For scripts that make a root with a Debian in it: how that gets its packages, as
# this machine gets its own. To be sourced.

# debian_mirror: prints $DEBIAN_MIRROR, or else where this machine's packages come
# from, if it is a Debian.
debian_mirror() {
	local mirror=${DEBIAN_MIRROR:-}

	[ -n "$mirror" ] || mirror=$(machine_mirror debian '[a-z]*')
	mirror=${mirror:-http://deb.debian.org/debian}
	echo "${mirror%/}"
}

# security_mirror: the same for the security updates, which most mirrors do not
# have. One that was named has them beside the others.
security_mirror() {
	local mirror=

	if [ -n "${DEBIAN_MIRROR:-}" ]; then
		mirror=${DEBIAN_MIRROR%/}
		mirror="${mirror%/*}/debian-security"
	else
		mirror=$(machine_mirror debian-security '[a-z]*-security')
	fi
	echo "${mirror:-http://deb.debian.org/debian-security}"
}

# machine_mirror FOLDER CODENAME: the first that apt-get knows, if it ends in that
# folder; CODENAME is a regular expression.
machine_mirror() {
	# shellcheck disable=SC2016 # apt-get expands it
	apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI)' \
		2>/dev/null | sed -n "s|^Debian $2 \\(.*/$1\\)/*\$|\\1|p" |
		head -n 1 || true
}

# debian_sources ROOT SUITE MIRROR: with the security updates, and what this
# machine's apt-get was told of proxies, certificates and the like.
debian_sources() {
	cat >"$1/etc/apt/sources.list" <<-EOF
		deb $3 $2 main
		deb $3 $2-updates main
		deb $(security_mirror) $2-security main
	EOF
	apt-config dump | grep -E '^Acquire::(https?::|Retries)' \
		>"$1/etc/apt/apt.conf.d/90network" || true
	sed -n 's/^Acquire::https::.*CAInfo "\(.*\)";$/\1/Ip' \
		"$1/etc/apt/apt.conf.d/90network" |
		while read -r file; do
			cp -L --parents "$file" "$1"
		done
}
