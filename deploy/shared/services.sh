# shellcheck shell=bash
# The processes that deploy/quickstart starts, and stops again, maybe in another
# run of it. To be sourced, with $run, their directory, and services, their names
# in the order in which they stop. NAME.pid there holds the pid, its start time
# and the boot.

services_stop_limit_s=12
services_boot=$(cat /proc/sys/kernel/random/boot_id)

# Nothing for a process that is gone, or waits for its parent to notice.
start_time() {
	# The second field, a name, may contain spaces; the third is the state,
	# the 22nd the start time.
	sed 's/.*) //' "/proc/$1/stat" 2>/dev/null |
		awk '$1 != "Z" { print $20 }'
}

# Prints the pid of a service that runs and is the one that was started.
running() {
	local pid time boot

	[ -s "${run:?}/$1.pid" ] || return 1
	read -r pid time boot <"$run/$1.pid"
	[ -n "$time" ] && [ "$boot" = "$services_boot" ] &&
		[ "$(start_time "$pid")" = "$time" ] && echo "$pid"
}

# Prints all processes of a service: those of the session that it leads, also
# where the leader has been killed. A session's number is no new process's pid
# as long as one of its processes is left.
processes_of() {
	local pid time boot now

	[ -s "$run/$1.pid" ] || return 0
	read -r pid time boot <"$run/$1.pid"
	now=$(start_time "$pid") || true
	if [ "$boot" = "$services_boot" ] && [ "${now:-$time}" = "$time" ]; then
		sed -n "s/^\([0-9]*\) .*) [^Z] [0-9]* [0-9]* $pid .*/\1/p" \
			/proc/[0-9]*/stat 2>/dev/null || true
	fi
}

# start NAME COMMAND...: in a session of its own, so that Ctrl-C reaches the
# script alone, which then stops everything in order. It keeps no lock that the
# script has on descriptor 9.
start() {
	local name=$1

	shift
	(trap - PIPE && exec setsid "$@") >>"$run/$name.log" 2>&1 \
		</dev/null 9>&- &
	echo "$! $(start_time $!) $services_boot" >"$run/$name.pid"
}

stop_service() {
	local pids waited=0

	# The leader tells the others; without one they are told here.
	mapfile -t pids < <(running "$1" || processes_of "$1")
	while [ ${#pids[@]} -gt 0 ]; do
		if [ "$waited" -eq 0 ]; then
			kill -TERM "${pids[@]}" 2>/dev/null || true
		elif [ "$waited" -gt $((services_stop_limit_s * 10)) ]; then
			kill -KILL "${pids[@]}" 2>/dev/null || true
		fi
		sleep 0.1
		waited=$((waited + 1))
		mapfile -t pids < <(processes_of "$1")
	done
	rm -f "$run/$1.pid"
}

stop_all() {
	local service

	for service in "${services[@]:?}"; do
		stop_service "$service"
	done
	if [ -s "$run/socket-dir" ]; then
		rm -rf "$(cat "$run/socket-dir")"
	fi
	rm -rf "$run/prometheus" "$run/responder.sock" "$run/socket-dir"
}

# Those that this script started just before a signal ended it, and that have no
# file yet.
stop_children() {
	local pids

	mapfile -t pids < <(jobs -rp)
	[ ${#pids[@]} -eq 0 ] || kill -TERM "${pids[@]}" 2>/dev/null || true
}

is_running() {
	local service

	for service in "${services[@]:?}"; do
		if [ -n "$(processes_of "$service")" ]; then
			return 0
		fi
	done
	return 1
}
