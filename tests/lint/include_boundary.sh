#!/bin/sh
# The includes of src/ keep to the architecture: main -> web -> api ->
# gpu/collect -> gpu/fleet, gpu/site -> gpu/profile -> gpu -> prom -> base, each
# library known to its own file, headers guarded. What stands between commas does
# not know each other; gpu/fleet does not know gpu/profile either.
#
# usage: tests/lint/include_boundary.sh [ROOT]
#   ROOT holds src/; without it, this source tree, and then this script itself
#   is tried on trees with one wrong line each.
set -u

root=${1:-${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}}
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../../tests/support/tap.sh"

# violations ROOT: one line for each, "KIND FILE:LINE: what is wrong".
violations() (
	cd "$1/src" || exit
	find . -name '*.[ch]' | sed 's,^\./,,' | LC_ALL=C sort | while read -r file; do
		own=none
		if [ "${file%.c}" != "$file" ] && [ -e "${file%.c}.h" ]; then
			own=${file%.c}.h
		fi
		awk -v file="$file" -v own="$own" '
		function report(kind, text) {
			print kind " " file ":" FNR ": " text
		}
		function folder_of(path) {
			return path ~ /\// ? substr(path, 1, match(path, "/[^/]*$") - 1) : ""
		}
		# Whether a file at the top may include that header of ours.
		function top_may(header) {
			if (file ~ /^(main|check|program)\.[ch]$/)
				return 1
			return file ~ /^config(_table)?\.[ch]$/ &&
			    (header ~ /^base\// || header == "config.h" || header == "config_table.h" ||
			     header == "api/endpoint.h" ||
			     header == "prom/client.h" || header == "prom/url.h" ||
			     header == "prom/headers.h" ||
			     header == "prom/matchers.h" ||
			     header == "prom/promql.h" ||
			     header == "prom/server.h")
		}
		# Rooms that are beside each other, or know nothing of that below.
		function strangers(from, to) {
			return from != to && (rank[from] == rank[to] ||
			    from == "gpu/fleet" &&
			    (to == "gpu/profile" || to == "prom"))
		}
		function check_ours(header,    from, to) {
			from = folder_of(file)
			to = folder_of(header)
			if (to != "" && !(to in rank))
				report("arrow", header " is in no folder of src")
			else if (from == "" && !top_may(header) ||
			    from != "" && (!(from in rank) || to == "" ||
			    rank[to] > rank[from] || strangers(from, to)))
				report("arrow", "must not include " header)
		}
		function check_library(header,    folder) {
			folder = folder_of(header)
			if (folder in rank)
				report("arrow", header " belongs in quotes")
			if (header ~ /^fcgi/ && file != "web/serve.c")
				report("library", "only web/serve.c includes " header)
			if (folder == "gperftools" && file != "base/profiler.c")
				report("library", "only base/profiler.c includes " header)
			if (folder == "curl" && file !~ /^prom\/(advice\.h|client\.c|transfer\.h|url\.c)$/)
				report("library",
				    "only prom/advice.h, prom/client.c, prom/transfer.h and prom/url.c include " header)
			if (folder == "json-c" && file != "prom/client.c" &&
			    file != "prom/refusal.c" && file != "gpu/profile/json.h")
				report("library",
				    "only prom/client.c, prom/refusal.c and gpu/profile/json.h include " header)
		}
		BEGIN {
			count = split("base prom gpu gpu/profile gpu/site " \
			    "gpu/collect api web", names, " ")
			for (i = 1; i <= count; i++)
				rank[names[i]] = i
			rank["gpu/fleet"] = rank["gpu/site"]
			guard = toupper(file)
			gsub(/[^A-Z0-9]/, "_", guard)
		}
		/^[ \t]*#/ {
			directive = $0
			sub(/^[ \t]*#[ \t]*/, "", directive)
			sub(/[ \t]+$/, "", directive)
			directives++
			if (directives == 1)
				first = directive
			if (directives == 2)
				second = directive
			last = directive
		}
		/^[ \t]*#[ \t]*include/ {
			split(directive, parts, /[<>"]/)
			if (++includes == 1)
				header_first = parts[2]
			if (directive ~ /"/)
				check_ours(parts[2])
			else
				check_library(parts[2])
		}
		END {
			if (file ~ /\.h$/ && (first != "ifndef " guard ||
			    second != "define " guard || last !~ /^endif/))
				report("guard", "has to be guarded by " guard)
			if (own != "none" && header_first != own)
				report("own", "has to include " own " first")
		}' "$file" || echo "arrow $file: cannot be read"
	done
)

check_tree() {
	found=$(violations "$root")
	result "arrows point one way" "$(echo "$found" | grep '^arrow ')"
	result "libraries stay in their files" "$(echo "$found" | grep '^library ')"
	result "headers are guarded" "$(echo "$found" | grep '^guard ')"
	result "own headers come first" "$(echo "$found" | grep '^own ')"
	if [ -z "$(find "$root/src" -name '*.c')" ]; then
		result "there are sources" "no .c file in $root/src"
	fi
}

# A tree without fault.
make_tree() {
	rm -rf "$1"
	mkdir -p "$1/src/base" "$1/src/prom" "$1/src/api" "$1/src/web"
	mkdir -p "$1/src/gpu/profile" "$1/src/gpu/site" "$1/src/gpu/fleet" \
		"$1/src/gpu/collect"
	printf '#ifndef BASE_A_H\n#define BASE_A_H\n#include <stdio.h>\n#endif\n' >"$1/src/base/a.h"
	printf '#include "base/a.h"\n\n#include <stdio.h>\n' >"$1/src/base/a.c"
	printf '#include <curl/curl.h>\n#include <json-c/json.h>\n#include "base/a.h"\n' >"$1/src/prom/client.c"
	printf '#ifndef PROM_URL_H\n#define PROM_URL_H\n#endif\n' >"$1/src/prom/url.h"
	printf '#include "base/a.h"\n' >"$1/src/gpu/g.c"
	printf '#include "gpu/g.h"\n' >"$1/src/gpu/fleet/f.c"
	printf '#include "gpu/profile/p.h"\n#include "prom/url.h"\n' \
		>"$1/src/gpu/site/s.c"
	printf '#include "gpu/fleet/f.h"\n#include "gpu/site/s.h"\n' \
		>"$1/src/gpu/collect/c.c"
	printf '#include "prom/url.h"\n' >"$1/src/api/m.c"
	printf '#include <fcgiapp.h>\n#include "base/a.h"\n' >"$1/src/web/serve.c"
	printf '#include "base/a.h"\n#include "prom/url.h"\n' >"$1/src/config.c"
	printf '#include "prom/url.h"\n#include "base/a.h"\n' >"$1/src/main.c"
}

# finds KIND FILE LINE: that one more line in a tree without fault is found.
finds() {
	make_tree "$tree"
	printf '%s\n' "$3" >>"$tree/src/$2"
	if violations "$tree" | grep -q "^$1 $2:"; then
		result "finds $3 in $2" ""
	else
		result "finds $3 in $2" "it was not found"
	fi
}

check_itself() {
	tree=$(mktemp -d /tmp/include-boundary.XXXXXX)
	trap 'rm -rf "$tree"' EXIT
	make_tree "$tree"
	result "finds nothing in a good tree" "$(violations "$tree")"
	finds arrow base/a.c '#include "prom/url.h"'
	finds arrow base/a.c '#  include "web/x.h"'
	finds arrow prom/client.c '#include "gpu/x.h"'
	finds arrow gpu/g.c '#include "config.h"'
	finds arrow gpu/g.c '#include "x.h"'
	finds arrow gpu/g.c '#include "gpu/fleet/f.h"'
	finds arrow gpu/fleet/f.c '#include "gpu/site/s.h"'
	finds arrow gpu/fleet/f.c '#include "gpu/profile/p.h"'
	finds arrow gpu/fleet/f.c '#include "prom/url.h"'
	finds arrow gpu/site/s.c '#include "gpu/fleet/f.h"'
	finds arrow gpu/site/s.c '#include "gpu/collect/c.h"'
	finds arrow gpu/g.c '#include <base/a.h>'
	finds arrow api/m.c '#include "web/x.h"'
	finds arrow config.c '#include "gpu/x.h"'
	finds library api/m.c '#include <fcgiapp.h>'
	finds library web/serve.c '#include <curl/curl.h>'
	finds library main.c '#include <curl/curl.h>'
	finds library api/m.c '#include <gperftools/profiler.h>'
	finds library web/serve.c '#include <json-c/json.h>'
	finds guard gpu/g.h '#pragma once'
	make_tree "$tree"
	printf '#include <stdio.h>\n#include "base/a.h"\n' >"$tree/src/base/a.c"
	found=$(violations "$tree")
	expected="own base/a.c:2: has to include base/a.h first"
	result "finds an own header that is not first" \
		"$(test "$found" = "$expected" || echo "found instead: $found")"
	make_tree "$tree"
	printf '#include "base/a.h"\n#include "gpu/x.h"\n' >"$tree/src/base/z.c"
	if sh "$0" "$tree" >"$tree/out"; then
		result "fails with one wrong arrow" "it exits 0"
	else
		result "fails with one wrong arrow" ""
	fi
}

check_tree
if [ $# -eq 0 ]; then
	check_itself
fi
finish_tests
