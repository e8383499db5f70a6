#!/usr/bin/env bash
# Each link of a README leads to what is installed with it, a README or a picture, and
# to a heading that is there; each README can be reached from the first.
set -u

root=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${top_builddir:-.}
# shellcheck source=tests/support/tap.sh
. "$root/tests/support/tap.sh"
# shellcheck source=tests/support/make.sh
. "$root/tests/support/make.sh"

# text FILE: without its blocks of code.
text() {
	awk '/^```/ { code = !code; next } !code' "$1"
}

# links FILE: what each one leads to, a line each; a picture has none.
# shellcheck disable=SC2016 # the backquotes are Markdown's
links() {
	[[ $1 = *.md ]] || return 0
	text "$1" | sed 's/`[^`]*`//g' | grep -o '](\([^)]*\))' |
		sed 's/^](\(.*\))$/\1/'
}

# anchors FILE: those that a web page makes of its headings, a line each.
anchors() {
	text "$1" | sed -n 's/^##* //p' | tr '[:upper:]' '[:lower:]' |
		sed -e 's/[^[:alnum:] _-]//g' -e 's/ /-/g'
}

# resolve FILE TARGET: from the top of the sources; FILE itself for "#anchor".
resolve() {
	local path=${2%%#*}

	if [ -z "$path" ]; then
		echo "$1"
	else
		realpath -m --relative-to=/ "/$(dirname "$1")/$path"
	fi
}

# link_leads_somewhere FILE TARGET
link_leads_somewhere() {
	local to

	to=$(resolve "$1" "$2")
	if ! grep -qxF "$to" <<<"$readmes"; then
		echo "$1: $2 is none of these: ${readmes//$'\n'/, }"
		return 1
	fi
	case $2 in
	*'#'*)
		anchors "$root/$to" | grep -qxF "${2#*#}" && return
		echo "$1: $to has no heading for #${2#*#}"
		return 1
		;;
	esac
}

lead_somewhere() {
	local readme target rc=0 count=0

	while read -r readme; do
		while read -r target; do
			count=$((count + 1))
			case $target in
			http://* | https://*) ;;
			*) link_leads_somewhere "$readme" "$target" || rc=1 ;;
			esac
		done < <(links "$root/$readme")
	done <<<"$readmes"
	[ "$count" -gt 0 ] && return "$rc"
}

# Those that README.md links to, or one of those.
are_reached() {
	local reached=README.md before='' readme target

	while [ "$reached" != "$before" ]; do
		before=$reached
		reached=$(
			while read -r readme; do
				echo "$readme"
				while read -r target; do
					resolve "$readme" "$target"
				done < <(links "$root/$readme" | grep -v '^http')
			done <<<"$before" | sort -u
		)
	done
	[ "$reached" = "$(sort <<<"$readmes")" ] && return
	echo "reached: $reached"
	return 1
}

readmes=$(directory nobase_dist_doc_DATA | tr ' ' '\n')
check "links lead to a heading of what is installed" lead_somewhere
check "README.md leads to all others" are_reached
finish_tests
