#!/bin/sh
# The program needs the libraries that the README names and no other, and has
# nothing of what only a build with --enable-profiling has.
#
# usage: tests/lint/libraries.sh [PROGRAM]
#   Without PROGRAM, the one that was built, and then this script itself is
#   tried on one that has all of this.
set -u

root=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
program=${1:-${top_builddir:-.}/gpu-monitoring-api}
# shellcheck source=tests/support/tap.sh
. "$root/tests/support/tap.sh"

# One library a line, as the loader is told.
needed() {
	readelf -dW "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
}

needs_no_other() {
	! needed | grep -vE '^(lib(c|m|fcgi|curl|curl-gnutls|json-c)|ld-linux.*)\.so\.'
}

has_no_symbol() {
	! readelf -W --dyn-syms "$program" | grep -E 'Profiler|HeapProfile'
}

has_no_text() {
	! grep -q "$1" "$program"
}

check_program() {
	check "needs libraries" test -n "$(needed)"
	check "needs no other library" needs_no_other
	check "asks for no profiler" has_no_symbol
	check "has no endpoint for one" has_no_text /debug/pprof
}

check_itself() {
	directory=$(mktemp -d /tmp/libraries.XXXXXX)
	trap 'rm -rf "$directory"' EXIT
	cat >"$directory/profiled.c" <<-END
		int ProfilerStart(const char *);
		int main(void) { return ProfilerStart("/debug/pprof"); }
	END
	gcc -o "$directory/profiled" "$directory/profiled.c" \
		-ltcmalloc_and_profiler
	found=$(sh "$0" "$directory/profiled" | grep -c '^not ok')
	check "finds all three in a program with them" test "$found" -eq 3
}

check_program
if [ $# -eq 0 ]; then
	check_itself
fi
finish_tests
