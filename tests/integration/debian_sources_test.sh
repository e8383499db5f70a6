#!/usr/bin/env bash
# Where a root that the tests make gets its packages, for machines whose apt-get
# knows this or that.
set -u

root=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
# shellcheck source=tests/support/tap.sh
. "$root/tests/support/tap.sh"
# shellcheck source=tests/support/expect.sh
. "$root/tests/support/expect.sh"
# shellcheck source=tests/support/debian.sh
. "$root/tests/support/debian.sh"

place=$(mktemp -d /tmp/debian-sources-test.XXXXXX)
trap 'rm -rf "$place"' EXIT

# In place of the machine's: what it knows, as apt-get prints it.
apt-get() {
	printf '%s\n' "${targets[@]}"
}

apt-config() {
	printf '%s\n' 'APT "";' 'Acquire::http::Proxy "http://proxy.example:3128";' \
		"Acquire::https::proxy.example::CaInfo \"$place/ca.pem\";"
}

# The file, too, that a setting names.
settings_come_along() {
	echo 'a certificate' >"$place/ca.pem"
	mkdir -p "$place/root/etc/apt/apt.conf.d"
	debian_sources "$place/root" trixie http://ftp.example/debian
	is "$(apt-config | tail -n +2)" \
		cat "$place/root/etc/apt/apt.conf.d/90network" &&
		is 'a certificate' cat "$place/root$place/ca.pem" &&
		is 'deb http://ftp.example/debian trixie main' \
			head -n 1 "$place/root/etc/apt/sources.list"
}

# sources_are MIRROR SECURITY
sources_are() {
	is "$1" debian_mirror && is "$2" security_mirror
}

default=http://deb.debian.org
unset DEBIAN_MIRROR
targets=('Debian bookworm http://ftp.example/debian/'
	'Debian bookworm-updates http://ftp.example/debian/'
	'Debian bookworm-security http://security.example/debian-security/')
check "security updates are where the machine gets its own" sources_are \
	http://ftp.example/debian http://security.example/debian-security
targets=('Debian trixie https://a.example:3142/x/debian'
	'Debian trixie-security https://a.example:3142/x/debian-security')
check "by any scheme, port and path" sources_are \
	https://a.example:3142/x/debian https://a.example:3142/x/debian-security
targets=('Ubuntu noble http://ftp.example/ubuntu/'
	'Ubuntu noble-security http://ftp.example/ubuntu/')
check "another distribution's are none" sources_are \
	"$default/debian" "$default/debian-security"
targets=()
check "nor are none" sources_are "$default/debian" "$default/debian-security"
export DEBIAN_MIRROR=http://named.example/debian/
check "one that is named has both" sources_are http://named.example/debian \
	http://named.example/debian-security
check "what apt-get was told comes along" settings_come_along
finish_tests
