#!/bin/sh
# clang-format has nothing to change in the C files of src/ and tests/.
#
# usage: tests/lint/format.sh [ROOT]
set -u

root=${1:-${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}}
number=0
failed=0

if ! command -v clang-format >/dev/null 2>&1; then
	echo "1..0 # SKIP clang-format is not installed"
	exit 0
fi

for folder in src tests; do
	number=$((number + 1))
	files=$(find "$root/$folder" -name '*.[ch]' | wc -l)
	if [ "$files" -gt 0 ] && words=$(find "$root/$folder" -name '*.[ch]' \
		-exec clang-format --style=file --dry-run -Werror {} + 2>&1); then
		echo "ok $number - $folder: $files files"
	else
		echo "not ok $number - $folder: $files files"
		printf '%s\n' "${words:-}" | sed 's/^/# /'
		failed=1
	fi
done
echo "1..$number"
exit "$failed"
