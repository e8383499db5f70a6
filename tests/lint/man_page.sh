#!/bin/sh
# The man page has no fault that mandoc knows of, and no placeholder is left in
# what is installed.
set -u

root=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
page=${top_builddir:-.}/src/gpu-monitoring-api.8
# shellcheck source=tests/support/tap.sh
. "$root/tests/support/tap.sh"

# has_no_fault < PAGE: mandoc prints what is wrong, and fails.
has_no_fault() {
	mandoc -T lint -W warning
}

names_directories() {
	! grep -n '@[a-z]*@' "$page"
}

refuses_a_mistake() {
	! sed 's/^\.Sh NAME/.Sh NAMES/' "$page" | has_no_fault
}

check "mandoc -T lint" has_no_fault <"$page"
check "directories are filled in" names_directories
check "this test can fail" refuses_a_mistake
finish_tests
