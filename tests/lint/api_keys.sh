#!/bin/sh
# src/api/README.md names every key of every answer in tests/golden/api.
set -u

root=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
# shellcheck source=tests/support/tap.sh
. "$root/tests/support/tap.sh"

keys() {
	grep -oh '"[a-z_]*":' "$root"/tests/golden/api/*.json | tr -d '":' |
		sort -u
}

is_named() {
	grep -q "\`$1\`" "$root/src/api/README.md" && return
	echo "src/api/README.md does not name \`$1\`"
	return 1
}

for key in $(keys); do
	check "$key" is_named "$key"
done
finish_tests
