#!/bin/sh
# No function of src/ has more than 70 lines, and no file more than 500.
#
# usage: tests/lint/function_length.sh [ROOT]
#   ROOT holds src/; without it, this source tree, and then this script itself
#   is tried on a tree of its own.
set -u

root=${1:-${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}}
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../../tests/support/tap.sh"

# too_long ROOT: one line for each function and file that is.
too_long() {
	find "$1/src" -name '*.[ch]' | LC_ALL=C sort | while read -r file; do
		awk -v file="${file#"$1"/}" -v max_function=70 -v max_file=500 '
		/^[a-zA-Z_].*\(/ { name = $0; sub(/\(.*/, "", name) }
		/^\{/ { start = FNR; is_function = 1 }
		/^\}/ && is_function {
			is_function = 0
			lines = FNR - start - 1
			if (lines > max_function)
				print file ":" start ": " name " has " lines " lines"
		}
		END {
			if (FNR > max_file)
				print file ": has " FNR " lines"
		}' "$file" || echo "$file: cannot be read"
	done
}

# write_function LINES: a function whose body has that many.
write_function() {
	printf 'static void\nwork(int n)\n{\n'
	awk -v lines="$1" 'BEGIN { for (i = 0; i < lines; i++) print "\tn++;" }'
	printf '}\n'
}

# finds EXPECTED: that this, and nothing else, is found in the tree.
finds() {
	found=$(too_long "$tree")
	if [ "$found" = "$1" ]; then
		result "finds ${1:-nothing}" ""
	else
		result "finds ${1:-nothing}" "found instead: $found"
	fi
}

check_itself() {
	tree=$(mktemp -d /tmp/function-length.XXXXXX)
	trap 'rm -rf "$tree"' EXIT
	mkdir -p "$tree/src/base"
	write_function 70 >"$tree/src/base/a.c"
	finds ""
	write_function 71 >"$tree/src/base/a.c"
	finds "src/base/a.c:3: work has 71 lines"
	if sh "$0" "$tree" >"$tree/out"; then
		result "fails then" "it exits 0"
	else
		result "fails then" ""
	fi
	awk 'BEGIN { for (i = 0; i < 500; i++) print "" }' >"$tree/src/base/a.c"
	finds ""
	echo >>"$tree/src/base/a.c"
	finds "src/base/a.c: has 501 lines"
}

if [ -z "$(find "$root/src" -name '*.c')" ]; then
	result "there are sources" "no .c file in $root/src"
fi
result "functions and files are short" "$(too_long "$root")"
if [ $# -eq 0 ]; then
	check_itself
fi
finish_tests
