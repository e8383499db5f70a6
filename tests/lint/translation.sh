#!/usr/bin/env bash
# README.ja.md has README.md's commands and links, in its order: but for comments, and
# for the link from one to the other. And both know how many exporters there are.
set -u

root=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
# shellcheck source=tests/support/tap.sh
. "$root/tests/support/tap.sh"

# code FILE: its blocks of code, without comments.
code() {
	awk '/^```/ { code = !code; print; next } code' "$1" |
		sed -e 's/^# .*//' -e 's/ *# .*//' | grep -v '^$'
}

# text FILE: without its blocks of code.
text() {
	awk '/^```/ { code = !code; next } !code' "$1"
}

# The order of two in one sentence is the language's.
targets() {
	text "$1" | grep -o '](\([^)]*\))' | grep -v '^](README\(\.ja\)\?\.md)$' |
		sort
}

# What is written as code in a sentence: commands, paths, keys.
# shellcheck disable=SC2016 # the backquotes are Markdown's
words() {
	text "$1" | tr '\n' ' ' | grep -o '`[^`]*`' | sort
}

headings() {
	text "$1" | grep -c '^#'
}

# agree WHAT [FILE]: both say the same.
agree() {
	local english japanese

	english=$("$1" "$root/README.md")
	japanese=$("$1" "${2:-$root/README.ja.md}")
	[ -n "$english" ] && [ "$english" = "$japanese" ] && return
	diff <(echo "$english") <(echo "$japanese")
	echo "README.md has <, README.ja.md has >"
	return 1
}

# Both count the profiles that there are.
know_how_many_exporters() {
	local profiles=("$root"/conf/profiles/*.json)

	grep -q "^- ${#profiles[@]} exporters are \[known\]" "$root/README.md" &&
		grep -q "^- ${#profiles[@]} 種のエクスポーター" "$root/README.ja.md"
}

lead_to_each_other() {
	grep -qF '](README.ja.md)' "$root/README.md" &&
		grep -qF '](README.md)' "$root/README.ja.md"
}

notices_a_change() {
	! agree code <(sed 's/quickstart /quickstop /' "$root/README.ja.md") >/dev/null &&
		! agree targets <(sed 's|](conf/|](config/|' "$root/README.ja.md") >/dev/null
}

check "commands are the same" agree code
check "links are the same" agree targets
check "words that are code are the same" agree words
check "there are as many headings" agree headings
check "both know how many exporters there are" know_how_many_exporters
check "each leads to the other" lead_to_each_other
check "this test can fail" notices_a_change
finish_tests
