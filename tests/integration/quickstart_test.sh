#!/usr/bin/env bash
# The quickstart as a newcomer meets it: in a fresh copy of the sources, as a
# user who is not root (where root runs the tests).
set -u

root=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
copy=$(mktemp -d /tmp/quickstart-test.XXXXXX)
as_user=()
# shellcheck source=tests/support/tap.sh
. "$root/tests/support/tap.sh"

# A port that nobody listens on, and that the kernel gives to no client.
free_port() {
	local port

	while port=$((10000 + RANDOM % 10000)); do
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo "$port"
}

quickstart() {
	timeout 300 "${as_user[@]}" env -u PROFILE_DIR "$@"
}

# attempt NAME COMMAND...: a test that shows what the quickstart said.
attempt() {
	local name=$1

	shift
	if "$@"; then
		result "$name" ""
	else
		result "$name" "$(cat "$copy/out")"
	fi
}

finish() {
	quickstart PORT="$port" "$copy/deploy/quickstart" --stop >/dev/null 2>&1
	quickstart PORT="$other_port" "$copy/deploy/quickstart" --stop \
		>/dev/null 2>&1
	rm -rf "$copy"
}

# Processes of this copy that are left.
left_running() {
	pgrep -f "$copy/" | grep -cvx "$$"
}

starts_detached() {
	quickstart PORT="$port" "$copy/deploy/quickstart" --detach \
		>"$copy/out" 2>&1 &&
		grep -q "http://localhost:$port" "$copy/out"
}

# The lines that it printed, as they are: one for each endpoint with rows or series.
printed_lines_answer() {
	local line count=0

	while read -r line; do
		bash -c "$line" | grep -q '"success":true' || return 1
		count=$((count + 1))
	done < <(grep -E '^ +curl -s ' "$copy/out")
	[ "$count" -eq 5 ]
}

# block LANGUAGE FILE TEXT: what stands in that block of the file, the first that
# has the text.
# shellcheck disable=SC2016 # the backquotes are Markdown's
block() {
	awk -v start="\`\`\`$1" -v text="$3" '
		/^```/ && inside { inside = 0; if (index(said, text)) exit; said = "" }
		inside { said = said $0 "\n" }
		$0 == start { inside = 1 }
		END { printf "%s", said }' "$copy/$2"
}

# What README.md shows: a command, and what it says.
readme_answer() {
	block console README.md /api/v1/gpu/metrics
}

# Each GPU's node, number and model; the rest of the line changes by the second.
without_values() {
	sed '1!s/ *[0-9.]* *[0-9.]*$//'
}

# The command there, which ends where no pipe follows, says what stands there.
readme_command_says_that() {
	local command

	command=$(readme_answer | sed '1,/[^|]$/!d' |
		sed -e '1s/^\$ //' -e "s/localhost:8080/localhost:$port/")
	[ -n "$command" ] && bash -c "$command" >"$copy/answer" 2>"$copy/out" &&
		diff <(readme_answer | sed '1,/[^|]$/d' | without_values) \
			<(without_values <"$copy/answer") >"$copy/out"
}

# The commands of the API's README, as they are.
examples_answer() {
	local line count=0

	while read -r line; do
		bash -c "${line/localhost:8080/localhost:$port} -f" \
			>"$copy/out" 2>&1 || return 1
		count=$((count + 1))
	done < <(grep -oE "^(\|.*\| \`)?curl -s 'http://localhost:8080/[^']*'" \
		"$copy/src/api/README.md" | sed 's/.*`//')
	[ "$count" -ge 20 ]
}

# JSON, with "number" and "time" for those.
shape() {
	jq -c 'def shape:
		if type == "number" then "number"
		elif type == "array" then map(shape)
		elif type == "object" then map_values(shape)
		elif type == "string" and test("^[0-9-]{10}T[0-9:.]{12}Z$")
		then "time" else . end; shape'
}

# is_as_shown TEXT URL FILTER: the example in the API's README that has the text has
# the shape of what the demo says.
is_as_shown() {
	block json src/api/README.md "$1" | shape >"$copy/shown" &&
		[ -s "$copy/shown" ] &&
		curl -fsS "http://localhost:$port/api/v1/gpu/$2" | jq "$3" |
		shape | diff "$copy/shown" - >"$copy/out"
}

# The command in conf/README.md, which says what stands there.
metrics_are_as_shown() {
	local command

	command=$(block console conf/README.md 8080/metrics |
		sed -n '1s/^\$ //p' | sed "s/localhost:8080/localhost:$port/")
	[ -n "$command" ] && bash -c "$command" 2>&1 |
		diff <(block console conf/README.md 8080/metrics | sed 1d) - \
			>"$copy/out"
}

# With a command for each endpoint, which answers.
printed_url_lists_endpoints() {
	local url line count=0

	url=$(sed -n 's/^The GPU monitoring API is healthy: //p' "$copy/first-out")
	curl -fsS "$url" >"$copy/index" || return 1
	while read -r line; do
		bash -c "${line/curl -s /curl -fsS }" >/dev/null || return 1
		count=$((count + 1))
	# One wants the name of a GPU.
	done < <(grep "^curl -s $url/" "$copy/index" | grep -vF '?uuid=')
	[ "$count" -ge 7 ] &&
		curl -fsSL -H 'Accept: text/html' "$url" |
		grep -q '<script type="module" src="sources/main.js">' &&
		curl -fsS "$url/gpu/sources/main.js" | cmp - "$copy/src/page/main.js" &&
		grep . "$copy/first-out" | tail -n 1 | grep -qF " $url/gpu/"
}

shows_processes() {
	curl -fsS "http://localhost:$port/api/v1/gpu/processes" |
		grep -q '"data":\[{"node_name":"node-1","gpu_index":0,"pid":[0-9]*,"process_name":"'
}

# query PATH PARAMETER...: what the demo's Prometheus says.
query() {
	local path=$1 parameters=() parameter

	shift
	for parameter in "$@"; do
		parameters+=(--data-urlencode "$parameter")
	done
	curl -fsSG "$(prometheus_url)/api/v1/$path" "${parameters[@]}"
}

# simulate ARGUMENT...: with the demo's own function.
simulate() {
	"$copy/.quickstart/build/tests/simulator/fleet_simulator" "$@"
}

# Who has which of the demo's cards, what waits, and what the ledger says of it.
shows_who_has_it() {
	local api="http://localhost:$port/api/v1/gpu"

	curl -fsS "$api/workloads" | tee "$copy/out" | jq -e '.warnings == null and
		([.data[] | select(.pod == "notebook-ana-0") |
			.node_name, .gpu_index, .owner_kind] ==
				["node-2", 0, "StatefulSet"]) and
		([.data[] | select(.namespace == "serving")] | length == 2) and
		([.data[] | select(.state == "pending") | .pod, .requested] ==
			["train-large-0", 4])' >/dev/null &&
		curl -fsS "$api/capacity" | tee "$copy/out" | jq -e '
			.warnings == null and (.data | length == 3) and
			all(.data[]; .allocatable == 2)' >/dev/null &&
		curl -fsS "$api/usage?range=6h" | tee "$copy/out" | jq -e '
			[.data[] | select(.namespace == "notebooks") |
				.busy_gpu_hours] == [0]' >/dev/null
}

# When the demo started, by the arguments of its simulator.
demo_start() {
	local pid rest

	read -r pid rest <"$copy/.quickstart/$port/simulator.pid"
	tr '\0' '\n' <"/proc/$pid/cmdline" | sed -n '/^--demo$/{n;p;}'
}

# The points of 24 hours that Prometheus has, a line each. A window shorter than
# the past's steps, so that nothing is painted over.
points_of_the_past() {
	query query_range 'query=last_over_time({__name__=~"DCGM_.*"}[20s])' \
		"start=$(($1 - 86400))" "end=$1" step=300 |
		jq -r '.data.result[] | .metric as $of | .values[] | [$of.__name__,
			$of.Hostname, $of.gpu, $of.instance, $of.job, .[0], .[1]] |
			map(tostring) | join(" ")' | sort
}

# points_of_the_function START INSTANCE: the same by the simulator.
points_of_the_function() {
	simulate --demo "$1" --past 86400 --step 300 --labels dcgm \
		--job dcgm-exporter --instance "$2" |
		sed -nE 's/^(\w+)\{gpu="([0-9]+)".*,Hostname="([^"]+)".*,job="([^"]+)",instance="([^"]+)"\} (\S+) (\S+)$/\1 \3 \2 \5 \4 \7 \6/p' |
		sort
}

# count_points METRIC NODE GPU: of points_of_the_past.
count_points() {
	grep -c "^$1 $2 $3 " "$copy/past"
}

has_a_past() {
	local start

	start=$(demo_start)
	points_of_the_past "$start" >"$copy/past" 2>"$copy/out" &&
		diff "$copy/past" <(points_of_the_function "$start" \
			"$(query targets state=active | jq -r '.data.activeTargets[]
				.labels | select(.job == "dcgm-exporter").instance')") \
			>"$copy/out" &&
		[ "$(count_points DCGM_FI_DEV_GPU_UTIL node-1 0)" -eq 289 ]
}

lost_a_card_for_an_hour() {
	[ "$(count_points DCGM_FI_DEV_GPU_UTIL node-3 0)" -eq $((289 - 12)) ] &&
		[ "$(count_points DCGM_FI_DEV_GPU_UTIL node-3 1)" -eq 289 ]
}

# Six cards, each with a series for each pod that had it: the scrapes go on with them.
goes_on_in_the_same_series() {
	local metric=DCGM_FI_DEV_GPU_UTIL

	[ "$(query query "query=count(count without (namespace, pod, container) (
		last_over_time(${metric}[25h])))" |
		tee "$copy/out" | jq -r '.data.result[].value[1]')" = 6 ] &&
		[ "$(query query \
			"query=count(timestamp($metric) > $(demo_start))" |
			tee "$copy/out" | jq -r '.data.result[].value[1]')" = 6 ]
}

# Between the last sample of the past and the first one that was scraped, each card
# takes at least what it takes when idle, and no more than its limit; a scrape may
# be answered a second late.
does_not_jump_at_the_start() {
	local start limits

	start=$(demo_start)
	limits=$(query query 'query=DCGM_FI_DEV_POWER_MGMT_LIMIT' |
		jq -c '.data.result | map({(.metric.UUID): .value[1]}) | add')
	query query "time=$((start + 600))" \
		'query=DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION[660s]' >"$copy/out" &&
		jq -e --argjson start "$start" --argjson limits "$limits" '
			.data.result | group_by(.metric.UUID) | map({
				metric: .[0].metric,
				values: map(.values[]) | sort}) |
			length == 6 and all(
				($limits[.metric.UUID] | tonumber) as $limit |
				(.values | map(select(.[0] <= $start))[-1]) as $last |
				(.values | map(select(.[0] > $start))[0]) as $first |
				($first[0] - $last[0]) as $seconds |
				((($first[1] | tonumber) - ($last[1] | tonumber)) / 1000)
					as $joules |
				$joules >= 0.09 * $limit * $seconds and
				$joules <= $limit * ($seconds + 1))' \
			<"$copy/out" >/dev/null
}

runs_as_the_caller() {
	[ "$(stat -c %U "$copy/.quickstart/$port/responder.sock")" = \
		"$(stat -c %U "$copy")" ] &&
		[ "$(stat -c %a "$copy/.quickstart/$port/responder.sock")" = 660 ]
}

runs_several_processes() {
	[ "$(pgrep -fx "$copy/.quickstart/build/gpu-monitoring-api" | wc -l)" -eq 2 ]
}

replaces_the_dead() {
	local times=0

	while [ "$times" -lt 8 ]; do
		times=$((times + 1))
		pkill -KILL -fx "$copy/.quickstart/build/gpu-monitoring-api"
		sleep 0.2
	done
	curl -fsS "http://localhost:$port/api/livez" >"$copy/out" 2>&1 &&
		runs_several_processes
}

# Whoever reads what it says may leave early.
starts_without_a_reader() {
	quickstart PORT="$other_port" PROMETHEUS_URL="$(prometheus_url)" \
		"$copy/deploy/quickstart" --detach 2>"$copy/out" |
		head -n 1 >>"$copy/out"
	curl -fsS "http://localhost:$other_port/api/health" >>"$copy/out" &&
		quickstart PORT="$other_port" "$copy/deploy/quickstart" --stop \
			>>"$copy/out"
}

says_that_it_runs() {
	quickstart PORT="0$port" "$copy/deploy/quickstart" --detach \
		>"$copy/out" 2>&1 && grep -q 'runs already' "$copy/out" &&
		printed_lines_answer
}

refuses_a_second_start() {
	! quickstart PORT="$port" "$copy/deploy/quickstart" >"$copy/out" 2>&1 &&
		grep -q "already running for port $port" "$copy/out"
}

prometheus_url() {
	sed -n 's/.*Prometheus .* at \(http[^ ]*\)$/\1/p' "$copy/first-out"
}

# cache_status PORT: what nginx says of an answer; nothing if it does not cache.
cache_status() {
	curl -fsS -o "$copy/body" -D - "http://localhost:$1/api/v1/gpu/nodes" |
		tr -d '\r' | sed -n 's/^X-Cache-Status: //p'
}

caches() {
	cache_status "$port" | grep -qE '^(MISS|HIT|EXPIRED|STALE|UPDATING)$'
}

# As it was started by the test before.
does_not_cache() {
	[ -z "$(cache_status "$other_port")" ]
}

uses_another_prometheus() {
	quickstart PORT="$other_port" PROMETHEUS_URL="$(prometheus_url)" \
		CACHE=off LOG_FORMAT=json \
		"$copy/deploy/quickstart" --detach >"$copy/out" 2>&1 &&
		curl -fsS "http://localhost:$other_port/api/v1/gpu/nodes" |
		grep -q '"gpu_count":2' &&
		[ ! -e "$copy/.quickstart/$other_port/simulator.pid" ]
}

# logs_the_id PORT TEXT: both logs of the instance have the answer's id behind
# that text.
logs_the_id() (
	id=$(curl -fsS -o "$copy/body" -D - "http://localhost:$1/api/livez" |
		tr -d '\r' | sed -n 's/^X-Request-Id: //p')
	cd "$copy/.quickstart/$1" || return 1
	for file in access responder; do
		# A log's lines are written behind the answer.
		timeout 20 bash -c "until grep -qF '$2$id' $file.log
			do sleep 0.1
			done" || return 1
	done
)

stops_only_its_own() {
	quickstart PORT="$other_port" "$copy/deploy/quickstart" --stop \
		>"$copy/out" 2>&1 &&
		! curl -s "http://localhost:$other_port/api/livez" &&
		curl -fsS "http://localhost:$port/api/health" >>"$copy/out"
}

refuses_a_used_port() {
	! quickstart PORT="$(prometheus_url | sed 's/.*://')" \
		"$copy/deploy/quickstart" >"$copy/out" 2>&1 &&
		grep -q 'is in use' "$copy/out" && [ "$(wc -l <"$copy/out")" -eq 1 ]
}

# By the line that the first start printed for it.
stops_everything() {
	quickstart bash -c "$(sed -n 's/^ *\(PORT=.* --stop\)$/\1/p' \
		"$copy/first-out")" >"$copy/out" 2>&1 &&
		grep -q "^Stopping what runs for port $port" "$copy/out" &&
		[ "$(left_running)" -eq 0 ] &&
		[ ! -e "$copy/.quickstart/$port" ]
}

# fails_clearly TEXT SETTING...: with exit code 1 and nothing left running.
fails_clearly() {
	local text=$1 rc=0

	shift
	quickstart "$@" "$copy/deploy/quickstart" --detach >"$copy/out" 2>&1 ||
		rc=$?
	[ "$rc" -eq 1 ] && grep -q "^quickstart: .*$text" "$copy/out" &&
		! grep -q hunter2 "$copy/out" && [ "$(left_running)" -eq 0 ]
}

# fails_with_url TEXT URL: beside what runs already.
fails_with_url() {
	local rc=0

	quickstart PORT="$other_port" PROMETHEUS_URL="$2" \
		"$copy/deploy/quickstart" --detach >"$copy/out" 2>&1 || rc=$?
	[ "$rc" -eq 1 ] && grep -q "^quickstart: .*$1" "$copy/out" &&
		[ -z "$(ls "$copy/.quickstart/$other_port"/*.pid 2>/dev/null)" ]
}

# Else its nginx would ask the responder of the system.
fails_where_it_cannot_place_the_socket() {
	local rc

	sed -i.saved 's|/run/gpu-monitoring-api/|/run/elsewhere/|' \
		"$copy/conf/nginx/upstream.conf"
	fails_clearly 'upstream.conf does not name /run/gpu' PORT="$port"
	rc=$?
	mv "$copy/conf/nginx/upstream.conf.saved" \
		"$copy/conf/nginx/upstream.conf"
	return "$rc"
}

# Like a terminal's, to all that are in its foreground; some press it twice.
press_ctrl_c() {
	kill -INT -- "-$1"
	sleep 0.2
	kill -INT -- "-$1" 2>/dev/null
}

# start_attached SETTING...: in the background, until it stays; $! is its pid.
start_attached() {
	# What an earlier one said must not stand for this one.
	: >"$copy/out"
	timeout 300 "${as_user[@]}" env PORT="$port" "$@" \
		"$copy/deploy/quickstart" >"$copy/out" 2>&1 &
	until grep -q 'Ctrl-C' "$copy/out" || ! kill -0 "$!" 2>/dev/null; do
		sleep 0.1
	done
}

# Where promtool fails as well.
ctrl_c_stops_it() {
	mkdir "$copy/stubs"
	printf '#!/bin/sh\necho no promtool today >&2\nexit 1\n' \
		>"$copy/stubs/promtool"
	chmod 755 "$copy/stubs" "$copy/stubs/promtool"
	start_attached PATH="$copy/stubs:$PATH"
	press_ctrl_c "$!"
	wait "$!" && [ "$(left_running)" -eq 0 ]
}

said_that_it_has_no_past() {
	grep -q '^ *It has no past: .*no promtool today$' "$copy/out" &&
		grep -q 'is healthy' "$copy/out"
}

# Nor does it stop what is started for the port behind it.
ends_when_another_stops_it() {
	local pid

	start_attached
	pid=$!
	quickstart PORT="$port" "$copy/deploy/quickstart" --stop \
		>"$copy/stop-out" 2>&1 &&
		quickstart PORT="$port" "$copy/deploy/quickstart" --detach \
			>"$copy/stop-out" 2>&1 &&
		wait "$pid" && grep -q 'stopped by --stop' "$copy/out" &&
		curl -fsS "http://localhost:$port/api/livez" >"$copy/stop-out" &&
		stops_everything
}

prints_help() {
	quickstart "$copy/deploy/quickstart" --help >"$copy/out" &&
		grep -q '^usage: .*--detach' "$copy/out"
}

cp -r "$root"/{configure.ac,Makefile.am,README.ja.md,README.md,src,conf,deploy,tests} "$copy"
if [ "$(id -u)" -eq 0 ]; then
	chown -R nobody "$copy"
	as_user=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
fi
port=$(free_port)
other_port=$(free_port)
trap finish EXIT
cd "$copy" || exit 1

attempt "--detach starts it and returns once healthy" starts_detached
cp "$copy/out" "$copy/first-out"
attempt "the printed lines answer" printed_lines_answer
attempt "the printed URL lists the endpoints" printed_url_lists_endpoints
attempt "README.md's command answers as shown there" readme_command_says_that
attempt "the commands of the API's README answer" examples_answer
attempt "its row is one of the demo" is_as_shown '"fan_speed"' metrics \
	'.data[0]'
attempt "and so is its history" is_as_shown '"columns"' \
	'history?by=gpu&range=1h&step=15m&limit=1' .data
attempt "metrics are as conf/README.md shows them" metrics_are_as_shown
attempt "the demo has processes" shows_processes
attempt "the demo has pods" shows_who_has_it
attempt "Prometheus has a past of 24 hours, point by point" has_a_past
attempt "one card was lost for an hour" lost_a_card_for_an_hour
attempt "scrapes go on in the same series" goes_on_in_the_same_series
attempt "energy does not jump where they begin" does_not_jump_at_the_start
attempt "the socket is the caller's, 0660" runs_as_the_caller
attempt "several responder processes run" runs_several_processes
attempt "processes that die are replaced, again and again" replaces_the_dead
attempt "a second start for the port is refused" refuses_a_second_start
attempt "with --detach it says that it runs" says_that_it_runs
attempt "it starts though nobody reads on" starts_without_a_reader
attempt "PROMETHEUS_URL with a page's path" fails_with_url \
	'PROMETHEUS_URL is the part before' "$(prometheus_url)/graph"
attempt "PROMETHEUS_URL with https, for http" fails_with_url \
	'does it speak https' "$(prometheus_url | sed s/http/https/)"
attempt "PROMETHEUS_URL is used instead of the demo" uses_another_prometheus
attempt "answers are cached" caches
attempt "with CACHE=off they are not" does_not_cache
attempt "both logs have the id of an answer" logs_the_id "$port" ""
attempt "with LOG_FORMAT=json both are JSON" logs_the_id "$other_port" \
	'"request_id":"'
attempt "--stop stops its own port only" stops_only_its_own
attempt "a port in use is refused in one line" refuses_a_used_port
attempt "--stop leaves nothing behind" stops_everything
attempt "Ctrl-C stops it" ctrl_c_stops_it
attempt "without promtool it went on, and said so" said_that_it_has_no_past
attempt "it ends when another stops what it started" ends_when_another_stops_it
attempt "a Prometheus that does not answer" fails_clearly \
	"Failed to connect" PORT="$port" \
	PROMETHEUS_URL=http://user:hunter2@127.0.0.1:9
attempt "a wrong PROMETHEUS_URL" fails_clearly "PROMETHEUS_URL must start" \
	PORT="$port" PROMETHEUS_URL=ftp://user:hunter2@host
attempt "a wrong PORT" fails_clearly 'PORT is "80a": it takes' PORT=80a
attempt "a wrong CACHE" fails_clearly 'CACHE is "no": it takes' PORT="$port" \
	CACHE=no
attempt "a wrong setting" fails_clearly 'LOG_LEVEL is "loud"' PORT="$port" \
	LOG_LEVEL=loud
attempt "a socket that it cannot place" fails_where_it_cannot_place_the_socket
attempt "--help says how to use it" prints_help
finish_tests
