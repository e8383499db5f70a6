#!/bin/sh
# The program is built with what makes bugs hard to exploit: a position
# independent executable, relocations that are read-only once all are bound, no
# executable stack, canaries, checked string functions.
#
# usage: tests/lint/hardening.sh [PROGRAM]
#   Without PROGRAM, the one that was built, and then this script itself is
#   tried on one without all of this.
set -u

root=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
program=${1:-${top_builddir:-.}/gpu-monitoring-api}
# shellcheck source=tests/support/tap.sh
. "$root/tests/support/tap.sh"

# shows TEXT READELF_OPTION: that a line has the pattern.
shows() {
	readelf -W "$2" "$program" | grep -qE "$1"
}

has_no_executable_stack() {
	shows 'GNU_STACK .* RW ' -l
}

check_program() {
	check "position independent" shows 'FLAGS_1.*\<PIE\>' -d
	check "relocations are read-only" shows 'GNU_RELRO' -l
	check "all are bound at the start" shows '\<BIND_NOW\>|FLAGS_1.*\<NOW\>' -d
	check "no executable stack" has_no_executable_stack
	check "stack protector" shows '__stack_chk_fail' --dyn-syms
	check "fortified functions" shows '__(mem|str|v?sn?|v?f)[a-z]*_chk' --dyn-syms
	check "no library path" test -z "$(readelf -d "$program" | grep -E 'R(UN)?PATH')"
}

check_itself() {
	directory=$(mktemp -d /tmp/hardening.XXXXXX)
	trap 'rm -rf "$directory"' EXIT
	echo 'int main(void) { return 0; }' >"$directory/bare.c"
	gcc -no-pie -fno-stack-protector -U_FORTIFY_SOURCE -Wl,-z,norelro \
		-Wl,-z,lazy -Wl,-z,execstack -Wl,-rpath,/tmp \
		-o "$directory/bare" "$directory/bare.c"
	found=$(sh "$0" "$directory/bare" | grep -c '^not ok')
	check "finds all seven in a program without them" test "$found" -eq 7
}

check_program
if [ $# -eq 0 ]; then
	check_itself
fi
finish_tests
