#!/usr/bin/env bash
# The images of deploy/container, run as deploy/README.md says: without
# privileges, on a read-only root, without a shell, and in 64 MiB at 10,000 GPUs.
set -u

# shellcheck source=tests/support/tap.sh
. "${top_srcdir:-$(dirname "$0")/../..}/tests/support/tap.sh"
# shellcheck source=tests/support/podman.sh
. "${top_srcdir:-$(dirname "$0")/../..}/tests/support/podman.sh"
podman_enter container-test "$@"
# shellcheck source=tests/support/podman_ask.sh
. "$root/tests/support/podman_ask.sh"

url=http://127.0.0.1:8080
prometheus=http://127.0.0.1:9090
metrics=/api/v1/gpu/metrics
paths=("$metrics" /api/v1/gpu/{nodes,utilization,processes})
gpus=10000
gpus_per_node=8
image=localhost/gpu-monitoring-api
volumes="$podman_dir/root/volumes"
volume="$volumes/gpu-api-socket/_data"
limit_bytes=67108864
mb=1000000
cd "$podman_dir" || exit 1

# --- helpers -------------------------------------------------------------------

# readme_command NAME: the words after "podman run", one a line.
readme_command() {
	sed -e :again -e '/\\$/N; s/\\\n *//; tagain' "$root/deploy/README.md" |
		sed -n "s|^podman run \(-d --name $1 .*\)|\1|p" |
		sed "s|http://prometheus.example.com:9090|$prometheus|" |
		tr ' ' '\n'
}

# run_as_readme NAME AS OPTION...: by another name, if AS is one, and on a
# volume of that; the network is the test's loopback.
run_as_readme() {
	local words name=$1 as=$2

	shift 2
	mapfile -t words < <(readme_command "$name" | sed "s|^$name\b|$as|")
	if [ ${#words[@]} -lt 8 ]; then
		echo "deploy/README.md does not say how to run $name"
		return 1
	fi
	podman run --network=host "$@" "${words[@]}"
}

# memory_figure NAME FILE_OF_VERSION_1 FILE_OF_VERSION_2: of its cgroup.
memory_figure() {
	local groups

	groups=$(cat "/proc/$(main_pid "$1")/cgroup")
	if grep -q ':memory:' <<<"$groups"; then
		cat "/sys/fs/cgroup/memory$(sed -n 's/.*:memory://p' \
			<<<"$groups")/$2"
	else
		cat "/sys/fs/cgroup$(sed -n 's/^0:://p' <<<"$groups")/$3"
	fi
}

killed_by_the_limit() {
	memory_figure "$1" memory.oom_control memory.events |
		sed -n 's/^oom_kill //p'
}

# stays_below_the_limit NAME DURING: the peak until now, which it notes.
stays_below_the_limit() {
	local peak

	peak=$(memory_figure "$1" memory.max_usage_in_bytes memory.peak)
	echo "# peak memory, $2: $((peak / 1024)) KiB of" \
		"$((limit_bytes / 1024))" >>figures
	is 0 killed_by_the_limit "$1" && [ "$peak" -gt 0 ] &&
		[ "$peak" -lt "$limit_bytes" ]
}

# ask VOLUME PATH: past nginx and its cache; prints the status. The path to the
# socket is relative, since one has at most 107 bytes.
ask() {
	(cd "$volumes/$1/_data" && REQUEST_METHOD=GET SCRIPT_NAME=$2 \
		timeout 40 cgi-fcgi -bind -connect gpu-monitoring-api.sock \
		</dev/null) | tr -d '\r' | sed -n 's/^Status: //p'
}

# ask_at_once VOLUME TIMES: each path that often; prints the statuses, counted.
ask_at_once() {
	local path time

	for ((time = 0; time < $2; time++)); do
		for path in "${paths[@]}"; do
			ask "$1" "$path" &
		done
	done | sort | uniq -c | sed 's/^ *//'
}

start_fake() {
	"$build/tests/fake/fake_prometheus" --port 9090 --gpus-total "$gpus" \
		--gpus-per-node "$gpus_per_node" >fake.log 2>&1 &
	within_limit curl -fsS "$prometheus/-/ready"
}

tell_fake() {
	curl -fsS --max-time 5 "$prometheus/__set?$1" >/dev/null
}

# --- the images ------------------------------------------------------------------

size_bytes() {
	podman image inspect --format '{{.Size}}' "$1"
}

are_small() {
	local base responder nginx

	base=$(size_bytes localhost/debian-base)
	responder=$(($(size_bytes "$image") - base))
	nginx=$(($(size_bytes "$image-nginx") - base))
	echo "# sizes: base $((base / mb)) MB, on top of it the responder" \
		"$((responder / mb)) MB, nginx $((nginx / mb)) MB" >>figures
	[ "$responder" -gt 0 ] && [ "$responder" -lt $((60 * mb)) ] &&
		[ "$nginx" -gt 0 ] && [ "$nginx" -lt $((60 * mb)) ]
}

image_config() {
	local label='index .Config.Labels "org.opencontainers.image'

	podman image inspect --format "{{.Config.User}} {{.Config.StopSignal}} \
{{$label.title\"}} {{$label.version\"}}" "$1"
}

say_what_they_are() {
	local version

	version=$(podman run --rm --network=none \
		--entrypoint gpu-monitoring-api "$image" --version) || return 1
	is "10001:10001 SIGTERM $version" image_config "$image" &&
		is "10002:10001 SIGQUIT ${version/ /-nginx }" \
			image_config "$image-nginx"
}

# --- the responder ---------------------------------------------------------------

# In place of its shells are files that cannot be executed.
starts_without_a_shell() {
	run_as_readme gpu-api gpu-api -v /dev/null:/usr/bin/dash:ro \
		-v /dev/null:/usr/bin/bash:ro &&
		within_limit test -S "$volume/gpu-monitoring-api.sock" &&
		within_limit is 2 count_children gpu-api &&
		! podman exec gpu-api /bin/sh -c true
}

socket_is_for_the_group() {
	is '660 10001 10001' stat -c '%a %u %g' "$volume/gpu-monitoring-api.sock"
}

# is_locked_down NAME USER
is_locked_down() {
	local pid

	has_no_privileges "$@" || return 1
	for pid in $(main_pid "$1") $(children "$1"); do
		is 2 status_of Seccomp "$pid" &&
			grep -q '^Gid:.10001.10001.' "/proc/$pid/status" ||
			return 1
	done
}

has_its_limit() {
	is "$limit_bytes" memory_figure gpu-api memory.limit_in_bytes memory.max
}

is_healthy_without_prometheus() {
	within_limit podman healthcheck run gpu-api &&
		is '503 Service Unavailable' ask gpu-api-socket /api/health
}

count_rows() {
	grep -o "\"$1\":" body | wc -l
}

# It was down until now.
sees_prometheus() {
	is 200 get "$url/api/health"
}

answers_all_gpus() {
	within_limit sees_prometheus &&
		is 200 get "$url/api/v1/gpu/nodes" &&
		is $((gpus / gpus_per_node)) count_rows node_name &&
		is 200 get "$url/api/v1/gpu/utilization" &&
		is "$gpus" count_rows gpu_index &&
		is 200 get "$url/api/v1/gpu/processes" &&
		is 200 get "$url$metrics" && is "$gpus" count_rows gpu_index &&
		stays_below_the_limit gpu-api "each endpoint once"
}

# All that nginx asks for is each endpoint once a second. On a busy machine one
# process may have all four of them at once, which do not fit: some get 503.
answers_many_at_once() {
	local IFS=, answered

	curl -sS --parallel --parallel-max 32 --max-time 60 -o /dev/null \
		-w '%{http_code}\n' "$url{${paths[*]}}#[1-100]" 2>/dev/null |
		sort | uniq -c | sed 's/^ *//' >statuses
	answered=$(awk '$2 == 200 { print $1 }' statuses)
	[ "${answered:-0}" -ge 360 ] && is 400 count_statuses 200 503 &&
		stays_below_the_limit gpu-api "400 requests through nginx"
}

# count_statuses STATUS...: how many answers had one of these.
count_statuses() {
	awk -v wanted="$(printf ' %s ' "$@")" \
		'index(wanted, " " $2 " ") { n += $1 } END { print n + 0 }' statuses
}

# Each request asks for itself. They come far faster than they are answered, so
# that more are at work than fit; a busy machine lets some wait for too long.
refuses_what_does_not_fit() {
	local before

	run_as_readme gpu-api crowded -e SHARE_ANSWERS=off &&
		within_limit is '200 OK' ask crowded-socket "$metrics" &&
		before=$(children crowded) || return 1
	ask_at_once crowded-socket 16 >statuses
	sed 's/^/# of 64 requests at once, each for itself: /' statuses >>figures
	grep -q ' 503 ' statuses && grep -q ' 200 ' statuses &&
		! grep -vE ' (200|503|504) ' statuses &&
		is "$before" children crowded &&
		is '200 OK' ask crowded-socket "$metrics" &&
		stays_below_the_limit crowded "64 requests, each for itself" &&
		podman rm -f -t 15 crowded
}

is_unhealthy_when_stopped() {
	local pids rc=0

	mapfile -t pids < <(children gpu-api)
	kill -STOP "${pids[@]}"
	podman healthcheck run gpu-api || rc=$?
	kill -CONT "${pids[@]}"
	[ "$rc" -ne 0 ] && within_limit podman healthcheck run gpu-api
}

# What requests have asked the fake; of a look for exporters it is the last query.
count_selectors() {
	curl -fsS --max-time 5 "$prometheus/__count" |
		sed -n 's/.*"selectors":\([0-9]*\).*/\1/p'
}

has_asked_more_than() {
	[ "$(count_selectors)" -gt "$1" ]
}

# Prometheus takes three seconds for the request that is in flight.
finishes_what_is_in_flight() {
	local asked

	asked=$(count_selectors)
	tell_fake 'behaviour=slow_header&metric=utilization&ms=3000'
	ask gpu-api-socket /api/v1/gpu/utilization >in_flight &
	within_limit has_asked_more_than "$asked" && podman stop gpu-api ||
		return 1
	wait "$!"
	tell_fake 'behaviour=ok'
	is '200 OK' cat in_flight &&
		is '0 false' inspect gpu-api '.State.ExitCode}} {{.State.OOMKilled'
}

starts_again() {
	podman start gpu-api && within_limit podman healthcheck run gpu-api
}

replaces_a_stale_socket() {
	podman kill --signal KILL gpu-api && podman wait gpu-api &&
		[ -S "$volume/gpu-monitoring-api.sock" ] && starts_again &&
		within_limit is '200 OK' ask gpu-api-socket "$metrics"
}

# --- ends by itself --------------------------------------------------------------

# ends_with TEXT OPTION...: with status 1, and nothing else than that line.
ends_with() {
	local text=$1 rc=0

	shift
	podman run --rm --network=host --read-only "$@" >out 2>&1 || rc=$?
	cat out
	[ "$rc" -eq 1 ] && [ "$(wc -l <out)" -eq 1 ] && grep -qF "$text" out &&
		! grep -q hunter2 out
}

wrong_settings_end_it() {
	ends_with 'PROMETHEUS_URL must start with http' \
		-e PROMETHEUS_URL=ftp://user:hunter2@host "$image" &&
		ends_with 'LOG_LEVEL is "loud"' -e LOG_LEVEL=loud "$image" &&
		ends_with '/nowhere' -e PROFILE_DIR=/nowhere "$image" &&
		ends_with '/run/secrets/none' \
			-e PROMETHEUS_TOKEN_FILE=/run/secrets/none "$image"
}

wrong_ports_end_nginx() {
	local port

	for port in 80a 0 65536 123456 ' 80'; do
		ends_with "PORT is \"$port\"; it takes a number" \
			-e PORT="$port" "$image-nginx" || return 1
	done
	ends_with 'LOG_FORMAT is "xml"; it takes logfmt or json' \
		-e LOG_FORMAT=xml "$image-nginx" &&
		ends_with 'cannot write to /tmp' --read-only-tmpfs=false "$image-nginx"
}

refuses_a_second_on_the_socket() {
	! podman run --rm --network=host -v gpu-api-socket:/run/gpu-monitoring-api \
		"$image" >out 2>&1 && grep -q 'already in use' out &&
		is '200 OK' ask gpu-api-socket /api/livez
}

# --- more of the README ----------------------------------------------------------

runs_four_processes() {
	podman run -d --name four --network=host "$image" -f 4 -- \
		/usr/bin/gpu-monitoring-api &&
		within_limit is 4 count_children four && podman rm -f -t 15 four
}

# shellcheck disable=SC2016 # the backquotes are the README's
secret_options() {
	grep -oE '`(--secret|-e PROMETHEUS_TOKEN_FILE)[ =][^`]*`' \
		"$root/deploy/README.md" | tr -d '`' | tr ' ' '\n'
}

# The fake tells the last that it was told; others look for exporters.
tells_the_token() {
	is '200 OK' ask secretive-socket "$metrics" &&
		curl -fsS "$prometheus/__count" | grep -q 'Bearer hunter2.token'
}

# Neither in the container's description nor in its log.
reads_a_secret() {
	local options

	mapfile -t options < <(secret_options)
	echo hunter2.token >token
	podman secret create prometheus-token token &&
		run_as_readme gpu-api secretive "${options[@]}" &&
		within_limit tells_the_token &&
		! { podman inspect secretive; podman logs secretive; } 2>&1 |
		grep hunter2 && podman rm -f -t 15 secretive
}

checks_settings() {
	podman run --rm --network=host -e PROMETHEUS_URL="$prometheus" \
		--entrypoint gpu-monitoring-api "$image" --check |
		grep -q ": $gpus GPUs"
}

# --- nginx -----------------------------------------------------------------------

says_502() {
	local envelope='{"success":false,"data":null,"message":null,"error":"'

	is 502 get "$url/api/livez" -H 'Origin: http://other.example' &&
		grep -qF "$envelope" body && is '*' header \
			Access-Control-Allow-Origin
}

nginx_starts_first() {
	run_as_readme gpu-api-nginx gpu-api-nginx && within_limit says_502
}

logs_request_ids() {
	is 404 get "$url/elsewhere" && grep -q '"error":"No such path"' body &&
		within_limit is_logged "$(header X-Request-Id)"
}

lists_endpoints() {
	is 200 get "$url/" && grep -q "^curl -s $url/api/v1/gpu/metrics " body
}

is_logged() {
	podman logs gpu-api-nginx 2>&1 | grep -q "\"GET /elsewhere .* $1\$"
}

# logs_as_json NAME REQUEST_ID
logs_as_json() {
	podman logs "$1" 2>&1 | grep -q "^{\"time\":.*\"request_id\":\"$2\""
}

# As the sidecar of something that listens on 8080 already.
listens_elsewhere() {
	mkdir -p site
	echo 'location = /site { return 204; } location = / { return 204; }' \
		>site/server.conf
	run_as_readme gpu-api-nginx other -e PORT=8090 -e LOG_FORMAT=json -v \
		"$PWD/site:/etc/nginx/gpu-monitoring-api-site:ro" &&
		within_limit is 200 get http://127.0.0.1:8090/api/livez &&
		is 200 get 'http://[::1]:8090/api/livez' &&
		within_limit logs_as_json other "$(header X-Request-Id)" &&
		is 204 get http://127.0.0.1:8090/site &&
		is 204 get http://127.0.0.1:8090/ &&
		podman rm -f -t 15 other
}

nginx_stops() {
	podman healthcheck run gpu-api-nginx && podman stop gpu-api &&
		says_502 && ! podman healthcheck run gpu-api-nginx &&
		podman stop gpu-api-nginx &&
		is 0 inspect gpu-api-nginx .State.ExitCode
}

check "under 60 MB each on top of the base" are_small
check "user, signal and labels" say_what_they_are
check "nginx may start first: 502 in the envelope, with CORS" nginx_starts_first
check "the responder starts as the README says, without a shell" \
	starts_without_a_shell
check "healthy while Prometheus is down" is_healthy_without_prometheus
check "the socket is its user's and group's, 0660" socket_is_for_the_group
check "a user, no capability, a filter, a read-only root" \
	is_locked_down gpu-api 10001
check "the same for nginx" is_locked_down gpu-api-nginx 10002
check "a limit of 64 MiB" has_its_limit
check "there is a Prometheus" start_fake
check "all of 10,000 GPUs through nginx" answers_all_gpus
check "400 requests, 32 at once" answers_many_at_once
check "64, each for itself: some get 503, none is killed" \
	refuses_what_does_not_fit
check "unhealthy when its processes are stopped" is_unhealthy_when_stopped
check "a wrong setting ends it with one line" wrong_settings_end_it
check "the same for nginx" wrong_ports_end_nginx
check "podman stop: what is in flight is finished" finishes_what_is_in_flight
check "it starts again" starts_again
check "a killed one's socket is replaced" replaces_a_stale_socket
check "a live one's is not" refuses_a_second_on_the_socket
check "four processes" runs_four_processes
check "a secret as a file" reads_a_secret
check "--check" checks_settings
check "404 in the envelope; its id is in nginx' log" logs_request_ids
check "/ lists the endpoints" lists_endpoints
check "PORT, IPv6, a log as JSON, and what a site adds" listens_elsewhere
check "without the responder 502; nginx ends with 0" nginx_stops
sort -u figures
finish_tests
