# shellcheck shell=bash
# For test scripts: what a command prints, and waiting for one. To be sourced.

# is EXPECTED COMMAND...: that this is what it prints.
is() {
	local expected=$1 words

	shift
	words=$("$@" 2>&1)
	[ "$words" = "$expected" ] && return
	printf 'expected:\n%s\ngot:\n%s\n' "$expected" "$words"
	return 1
}

# Until the command holds; the limit is far more than it takes.
within_limit() {
	local until=$((SECONDS + 60))

	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$until" ] || {
			echo "not within 60 s: $*"
			return 1
		}
		sleep 0.05
	done
}
