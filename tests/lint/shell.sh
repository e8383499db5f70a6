#!/bin/sh
# The linter for shell scripts has nothing to say of any of ours; and what bash does
# with a negated group whose redirection fails, it does in none.
set -u

root=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
# shellcheck source=tests/support/tap.sh
. "$root/tests/support/tap.sh"

# SC2317: functions that are called by name, as arguments, look unreachable.
has_no_fault() {
	shellcheck -x -P "$root" -e SC2317 "$1" && negates_no_redirection "$1"
}

# "if ! (build)" goes on, as if that had passed, where its log cannot be opened.
negates_no_redirection() {
	! grep -nE '! +[({].*[)}] *[0-9]*>+ *[^&]' "$1"
}

set -- "$root"/conf/place "$root"/deploy/container/nginx-start \
	"$root"/deploy/debian/*.postrm "$root"/deploy/package \
	"$root"/deploy/quickstart "$root"/deploy/restart "$root"/deploy/shared/*.sh \
	"$root"/tests/run "$root"/tests/bench/run \
	"$root"/tests/*/*.sh
# Not in the tarball.
[ ! -e "$root/.ci/run" ] || set -- "$@" "$root"/.ci/*
for script in "$@"; do
	check "${script#"$root"/}" has_no_fault "$script"
done
finish_tests
