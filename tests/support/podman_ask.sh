# shellcheck shell=bash
# For test scripts that podman_enter has put into their namespaces: what they ask
# of containers. To be sourced, in a directory that is the test's own.

# shellcheck source=tests/support/expect.sh
. "${root:?}/tests/support/expect.sh"

podman() {
	timeout -k 5 60 podman "$@"
}

inspect() {
	podman inspect --format "{{$2}}" "$1"
}

main_pid() {
	inspect "$1" .State.Pid
}

children() {
	local pid

	pid=$(main_pid "$1")
	tr ' ' '\n' <"/proc/$pid/task/$pid/children" | grep .
}

count_children() {
	children "$1" | wc -l
}

# status_of FIELD PID
status_of() {
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$2/status"
}

# has_no_privileges NAME USER: none of its processes.
has_no_privileges() {
	local pid pids

	mapfile -t pids < <(main_pid "$1" && children "$1")
	[ ${#pids[@]} -gt 1 ] || return 1
	for pid in "${pids[@]}"; do
		is 0000000000000000 status_of CapEff "$pid" &&
			is 0000000000000000 status_of CapBnd "$pid" &&
			is 1 status_of NoNewPrivs "$pid" &&
			grep -q "^Uid:.$2.$2." "/proc/$pid/status" &&
			grep -qE '^([^ ]+ ){4}/ ro,' "/proc/$pid/mountinfo" ||
			return 1
	done
}

# get URL [OPTION...]: prints the status, and leaves the files body and headers.
get() {
	curl -sS --max-time 30 -o body -D headers -w '%{http_code}' "$@"
}

header() {
	tr -d '\r' <headers | sed -n "s/^$1: //Ip"
}
