#!/bin/sh
# clang-format has nothing to change in the C files of src/ and tests/. Versions
# differ in what they would change, so this is about the one that both Debian 12
# and 13 have.
#
# usage: tests/lint/format.sh [ROOT]
set -u

root=${1:-${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}}
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../../tests/support/tap.sh"

formatter=clang-format-19

if ! command -v "$formatter" >/dev/null 2>&1; then
	echo "1..0 # SKIP $formatter is not installed"
	exit 0
fi

is_formatted() {
	[ -n "$(find "$root/$1" -name '*.[ch]')" ] &&
		find "$root/$1" -name '*.[ch]' -exec "$formatter" \
			--style=file --dry-run -Werror {} +
}

check "src is formatted" is_formatted src
check "tests are formatted" is_formatted tests
finish_tests
