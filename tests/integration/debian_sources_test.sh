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

# In place of the machine's: what it knows, as apt-get prints it.
apt-get() {
	printf '%s\n' "${targets[@]}"
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
finish_tests
