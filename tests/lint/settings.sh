#!/bin/sh
# The table in conf/README.md, the environment file and the man page say what --help says.
set -u

root=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
program=${top_builddir:-.}/gpu-monitoring-api
# shellcheck source=tests/support/tap.sh
. "$root/tests/support/tap.sh"

# name|default|sentence, a line each. The defaults of PROFILE_DIR and XIDS_FILE
# are where they were installed, which differ from build to build.
settings() {
	"$program" --help | awk '
		/^Settings/ { on = 1; next }
		on && /^  [A-Z]/ { name = $1; value = $2; gsub(/[()]/, "", value) }
		on && /^      / {
			sub(/^ +/, "")
			if (name == "PROFILE_DIR" || name == "XIDS_FILE")
				value = "*"
			print name "|" value "|" $0
		}'
}

# shellcheck disable=SC2016 # the backquotes are the README's
readme_settings() {
	sed -n -e 's/^| `\([A-Z_]*\)` | `\([^`]*\)` | \(.*\) |$/\1|\2|\3/p' \
		-e 's/^| `\([A-Z_]*\)` |  | \(.*\) |$/\1||\2/p' \
		"$root/conf/README.md" | \
		sed -E 's/^(PROFILE_DIR|XIDS_FILE)\|[^|]*/\1|*/'
}

environment_settings() {
	awk '/^# / { sentence = substr($0, 3) }
		/^#[A-Z_]+=/ {
			split(substr($0, 2), pair, "=")
			if (pair[1] == "PROFILE_DIR" || pair[1] == "XIDS_FILE")
				pair[2] = "*"
			print pair[1] "|" pair[2] "|" sentence
		}' "$root/conf/gpu-monitoring-api.env"
}

# The sentence is what comes before the next request, in lines of any length.
man_page_settings() {
	awk 'function end() {
			if (name != "")
				print name "|" value "|" sentence
			name = sentence = ""
		}
		/^\./ { end() }
		name != "" { sentence = sentence (sentence == "" ? "" : " ") $0 }
		/^\.It Ev [A-Z_]+/ {
			name = $3
			value = $6
			if (name == "PROFILE_DIR" || name == "XIDS_FILE")
				value = "*"
		}' "$root/src/gpu-monitoring-api.8.in"
}

agree() {
	[ "$1" = "$2" ] && return
	printf '%s\n--- program\n%s\n' "$1" "$2"
	return 1
}

expected=$(settings)
check "--help lists settings" test -n "$expected"
check "the table of conf/README.md says the same" agree "$(readme_settings)" \
	"$expected"
check "the environment file says the same" agree "$(environment_settings)" \
	"$expected"
check "the man page says the same" agree "$(man_page_settings)" "$expected"
finish_tests
