#!/bin/sh
# clang-format has nothing to change in the C files of src/ and tests/.
#
# usage: tests/lint/format.sh [ROOT]
set -u

root=${1:-${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}}
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../../tests/support/tap.sh"

if ! command -v clang-format >/dev/null 2>&1; then
	echo "1..0 # SKIP clang-format is not installed"
	exit 0
fi

is_formatted() {
	[ -n "$(find "$root/$1" -name '*.[ch]')" ] &&
		find "$root/$1" -name '*.[ch]' -exec clang-format \
			--style=file --dry-run -Werror {} +
}

check "src is formatted" is_formatted src
check "tests are formatted" is_formatted tests
finish_tests
