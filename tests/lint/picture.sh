#!/usr/bin/env bash
# The README's picture of the page is of the page as it is: made from these sources.
set -u

root=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
bytes_max=60000
# shellcheck source=tests/support/tap.sh
. "$root/tests/support/tap.sh"

# made_from LIST, in the folder of the sources: that it has each of them, as it is.
made_from() {
	local file bad=0

	cd "$root/src/page" || return 1
	sha256sum --check --quiet --strict "$1" || bad=1
	for file in *.js *.css icon.svg index.html \
		../../tests/page/picture.json picture.png; do
		grep -qF "  $file" "$1" || {
			echo "it was made without $file"
			bad=1
		}
	done
	[ "$bad" -eq 0 ] || {
		echo "tests/page/picture makes it anew"
		return 1
	}
}

is_small() {
	local bytes

	bytes=$(stat -c %s "$root/src/page/picture.png") &&
		[ "$bytes" -gt 0 ] && [ "$bytes" -le "$bytes_max" ] && return
	echo "it has $bytes bytes, and may have $bytes_max"
	return 1
}

is_shown() {
	grep -q '!\[[^]]\{40,\}\](src/page/picture\.png)' "$root/README.md" && return
	echo "README.md does not show src/page/picture.png, or says nothing for those who do not see it"
	return 1
}

notices_a_change() {
	! made_from <(sed '/ page\.css$/s/^./x/' "$root/src/page/picture.sha256") \
		>/dev/null 2>&1 &&
		! made_from <(grep -v ' fleet\.js$' "$root/src/page/picture.sha256") \
			>/dev/null 2>&1
}

check "it is of these sources" made_from picture.sha256
check "it is small" is_small
check "README.md shows it, with words" is_shown
check "this test can fail" notices_a_change
finish_tests
