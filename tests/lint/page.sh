#!/usr/bin/env bash
# The page's sources: nothing that runs what others named, nothing from elsewhere,
# nothing made up; modules know only those below them; make installs each file.
set -u

root=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
page="$root/src/page"
# shellcheck source=tests/support/tap.sh
. "$root/tests/support/tap.sh"

# finds PATTERN FILE...: prints where, and is true if it does.
finds() {
	grep -nE "$@"
}

has_no_sink() {
	! finds '(inner|outer)HTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\(.style|\.srcdoc' \
		"$page"/*.js &&
		! finds '\bstyle="|\bon[a-z]+="|javascript:|<style' "$page/index.html"
}

# But for a namespace, and a command to copy.
asks_nobody_else() {
	! finds 'https?://' "$page"/*.{js,css,html,svg} |
		grep -vE 'http://www\.w3\.org/2000/svg|curl -sG http://localhost:9090/'
}

makes_nothing_up() {
	! finds -i 'mock|fixture|sample data|Math\.random' "$page"/*.js |
		grep -v '/refresh\.js:.*pauseOf('
}

# imports_of FILE: the modules that it names, without ./ and .js; types are no matter.
imports_of() {
	grep -oE "(from |import |await import\()'\./[a-z-]+\.js'" "$page/$1.js" |
		sed -E "s|.*'\./(.*)\.js'|\1|"
}

# Each line has modules, and which others they may know, besides those in lines above.
arrows_go_down() {
	local below=' ' file name names bad=0

	while read -r names; do
		for name in $names; do
			while read -r file; do
				[[ "$below" = *" $file "* ]] || [[ " $names " = *" $file "* ]] || {
					echo "$name.js must not know of $file.js"
					bad=1
				}
			done < <(imports_of "$name")
		done
		below+="$names "
	done <<-END
		dom format scale text-ja url early
		text
		text-more
		api
		refresh
		fleet
		frame form settings spark strip cells order pager table chart facts listing search rows
		heatmap history attention workloads
		fleet-map
		view-available view-fleet view-gpu view-gpus view-namespaces view-node view-nodes view-problems view-processes view-status view-workloads
		main
	END
	for file in "$page"/*.js; do
		name=$(basename "$file" .js)
		[[ "$below" = *" $name "* ]] || {
			echo "$name.js has no place in this test"
			bad=1
		}
	done
	[ "$bad" -eq 0 ]
}

is_installed() {
	local file bad=0

	for file in "$page"/*.{js,css,svg}; do
		grep -qF "	src/page/$(basename "$file")" "$root/Makefile.am" || {
			echo "Makefile.am lacks $(basename "$file")"
			bad=1
		}
	done
	[ "$bad" -eq 0 ]
}

can_fail() {
	finds 'import' "$page/main.js" >/dev/null &&
		[ "$(imports_of frame | sort -u | paste -sd ' ')" = "dom format text url" ]
}

check "nothing runs what others named" has_no_sink
check "nothing is from elsewhere" asks_nobody_else
check "nothing is made up" makes_nothing_up
check "modules know those below them alone" arrows_go_down
check "make installs each file" is_installed
check "this test can fail" can_fail
finish_tests
