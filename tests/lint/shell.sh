#!/bin/sh
# The linter for shell scripts has nothing to say of any of ours.
set -u

root=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
# SC2317: functions that are called by name, as arguments, look unreachable.
number=0
failed=0

set -- "$root"/deploy/quickstart "$root"/tests/run "$root"/tests/bench/run \
	"$root"/tests/lint/*.sh "$root"/tests/integration/*.sh
# Not in the tarball.
[ ! -e "$root/.ci/run" ] || set -- "$@" "$root/.ci/run"
echo "1..$#"
for script in "$@"; do
	number=$((number + 1))
	if words=$(shellcheck -e SC2317 "$script" 2>&1); then
		echo "ok $number - ${script#"$root"/}"
	else
		echo "not ok $number - ${script#"$root"/}"
		printf '%s\n' "$words" | sed 's/^/# /'
		failed=1
	fi
done
exit "$failed"
