# shellcheck shell=bash
# For the scripts that run inside a container that has booted: what they look
# at. To be sourced.

# shellcheck source=tests/support/expect.sh
. /source/tests/support/expect.sh

unit=gpu-monitoring-api
socket=/run/gpu-monitoring-api/gpu-monitoring-api.sock

run_in_background() {
	local name=$1

	shift
	systemd-run --quiet --unit="$name" "$@"
}

state() {
	systemctl show --property="$1" --value "$unit.service"
}

# What the unit reads its settings from.
settings_file() {
	systemctl show --property=EnvironmentFiles --value "$unit.service" |
		sed 's/ (.*//'
}

main_pid() {
	state MainPID
}

responders() {
	tr ' ' '\n' <"/proc/$(main_pid)/task/$(main_pid)/children" | grep .
}

are_two() {
	[ "$(responders | wc -l)" -eq 2 ]
}

# status_of CURL_ARGUMENT...: the HTTP status alone.
status_of() {
	curl -s -o /dev/null -w '%{http_code}' --max-time 20 "$@"
}

socket_is_for_nginx_alone() {
	is "660 root www-data" stat -c '%a %U %G' "$socket"
}

# 10 means 1.0.
is_little_exposed() {
	systemd-analyze security --threshold=10 --no-pager "$unit.service"
}

# What is left to say when a test failed.
show_logs() {
	journalctl -q -n 30 -u "$unit.service" | sed 's/^/# /'
	tail -n 20 /var/log/nginx/error.log | sed 's/^/# /'
}
