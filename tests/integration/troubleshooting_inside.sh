#!/usr/bin/env bash
# The tests of troubleshooting_test.sh: for each row of the table in
# deploy/README.md this provokes the symptom, looks for it in an answer, runs the
# row's commands, and finds in their output what the row says. Then it does what
# the row advises, and the symptom is gone.
set -u

url=http://localhost/api/v1/gpu/metrics
settings=/etc/default/gpu-monitoring-api
nginx_conf=/etc/nginx/gpu-monitoring-api
answer=/run/answer
rows_known=19
# shellcheck source=tests/support/tap.sh
. /source/tests/support/tap.sh
# shellcheck source=tests/support/inside.sh
. /source/tests/support/inside.sh

cd /source || exit 1

# The README's commands run as root here; it may not be installed.
sudo() {
	"$@"
}

# --- the chain: exporter, Prometheus, the service, nginx ---------------------------

start_surroundings() {
	cat >/etc/nginx/nginx.conf <<-'END'
		user www-data;
		pid /run/nginx.pid;
		error_log /var/log/nginx/error.log;
		events {
		    worker_connections 1000;
		}
		http {
		    access_log off;
		    include conf.d/*.conf;
		    server {
		        listen 80;
		        include snippets/gpu-monitoring-api.conf;
		    }
		    server {
		        listen 8081;
		        include snippets/gpu-monitoring-api.conf;
		        set $gpu_api_cache off;
		    }
		}
	END
	mkdir /run/exporters
	exporter_says dcgm-classic
	scrape
	start_exporter
	run_in_background server prometheus --config.file=/run/prometheus.yml \
		--storage.tsdb.path=/run/prometheus \
		--web.listen-address=127.0.0.1:9090
	run_in_background fake /build/tests/fake/fake_prometheus --port 9091
	systemd-sysusers
	cp "$settings" /run/settings
	set_up
	systemctl start nginx
}

start_exporter() {
	run_in_background exporter /build/tests/simulator/fleet_simulator \
		--port 9400 --directory /run/exporters
}

# exporter_says NAME: what tests/exporters has; an empty exporter without.
exporter_says() {
	if [ $# -gt 0 ]; then
		cat "tests/exporters/$1.prom"
	fi >/run/exporters/gpu.prom
}

# scrape [LINE...]: Prometheus' only job, with more lines of YAML.
scrape() {
	cat >/run/prometheus.yml <<-END
		global: {scrape_interval: 1s, scrape_timeout: 1s}
		scrape_configs:
		- job_name: gpu
		  metrics_path: /gpu
		  static_configs:
		  - targets: ['127.0.0.1:9400']
	END
	[ $# -eq 0 ] || printf '%s\n' "$@" >>/run/prometheus.yml
	if systemctl -q is-active server; then
		systemctl kill --signal=HUP server
	fi
}

# set_up [NAME=value...]: these settings besides the test's own.
set_up() {
	{
		cat /run/settings
		printf '%s\n' DETECTION_INTERVAL_MS=200 STALE_IF_ERROR_S=0 "$@"
	} >"$settings"
	if systemctl -q is-active "$unit"; then
		systemctl restart "$unit"
	fi
}

# fake BEHAVIOUR [SETTING...]: in place of Prometheus; it starts well.
fake() {
	local behaviour=$1

	shift
	set_fake ok &&
		set_up PROMETHEUS_URL=http://localhost:9091 "$@" &&
		within_limit is_healthy && set_fake "$behaviour"
}

set_fake() {
	curl -sf -o /dev/null "http://localhost:9091/__set?behaviour=$1"
}

# No answer that nginx had.
is_healthy() {
	curl -fs --max-time 20 http://localhost:8081/api/v1/gpu/metrics |
		grep -q '"success":true,"data":\[{'
}

# socket_unit [LINE...]: what an administrator adds to it.
socket_unit() {
	local drop_in=/etc/systemd/system/$unit.socket.d

	mkdir -p "$drop_in"
	printf '%s\n' '[Socket]' "$@" >"$drop_in/test.conf"
	systemctl daemon-reload
}

# --- symptoms: provoke_N and cure_N, by the row's number. What is cured by the
# README's own commands needs no cure_N. --------------------------------------------

provoke_1() {
	systemctl stop "$unit.socket" "$unit.service"
}

provoke_2() {
	socket_unit SocketGroup=root && systemctl restart "$unit.socket"
}

cure_2() {
	socket_unit SocketGroup=www-data
}

provoke_3() {
	systemctl stop "$unit.socket" "$unit.service"
	spawn-fcgi -n -s "$socket" -M 0660 -G www-data -- /bin/sleep 60 &
	within_limit test -S "$socket"
	kill %spawn-fcgi
	wait
}

# The answer is that of a request which the kill met.
provoke_4() {
	fake "slow_header&metric=utilization" REQUEST_TIMEOUT_MS=10000 &&
		within_limit kill_during_request
}

kill_during_request() {
	local asking

	curl -si --max-time 20 "$url" >"$answer" &
	asking=$!
	sleep 0.5
	responders | xargs kill -KILL
	wait "$asking"
	grep -q '^HTTP/1.1 502 ' "$answer"
}

cure_4() {
	set_up
}

# nginx need not wait for 15 s. The restart says that it failed.
provoke_5() {
	sed -i 's/fastcgi_read_timeout 15s/fastcgi_read_timeout 1s/' \
		"$nginx_conf/respond.conf"
	systemctl reload nginx && ! set_up LOG_LEVEL=loud
}

cure_5() {
	sed -i 's/fastcgi_read_timeout 1s/fastcgi_read_timeout 15s/' \
		"$nginx_conf/respond.conf"
	systemctl reload nginx && set_up
}

provoke_6() {
	set_up PROMETHEUS_URL=http://localhost:9
}

cure_6() {
	set_up
}

provoke_7() {
	fake status_401
}

cure_7() {
	set_up
}

provoke_8() {
	fake status_503
}

# Prometheus is ready again: nothing else happens.
cure_8() {
	set_fake ok
}

provoke_9() {
	fake "slow_header&metric=utilization&ms=800" REQUEST_TIMEOUT_MS=400
}

cure_9() {
	set_up PROMETHEUS_URL=http://localhost:9091 REQUEST_TIMEOUT_MS=10000
}

# The cached endpoints have no such limit.
provoke_10() {
	set_up
	asked=http://localhost/api/health
	sed -i.saved 's/rate=1000r\/s/rate=1r\/m/' "$nginx_conf/http.conf"
	sed -i.saved 's/burst=2000 nodelay//' "$nginx_conf/uncached.conf"
	systemctl reload nginx
}

cure_10() {
	mv "$nginx_conf/http.conf.saved" "$nginx_conf/http.conf"
	mv "$nginx_conf/uncached.conf.saved" "$nginx_conf/uncached.conf"
}

provoke_11() {
	systemctl stop exporter
}

cure_11() {
	start_exporter
}

provoke_12() {
	exporter_says
}

cure_12() {
	exporter_says dcgm-classic
}

provoke_13() {
	scrape '  metric_relabel_configs:' \
		'  - {action: labeldrop, regex: instance|Hostname}'
}

cure_13() {
	scrape
}

provoke_14() {
	exporter_says dcgm-localhost
}

cure_14() {
	scrape '    labels: {node: gpu-node-1}'
	within_limit answer_has '"node_name":"gpu-node-1"'
}

provoke_15() {
	scrape
	exporter_says dcgm-podname
}

cure_15() {
	exporter_says dcgm-classic
	within_limit answer_has '"power_draw":512.88'
}

# The README's own profile, without what this is about.
provoke_16() {
	mkdir -p /run/profiles
	sed -n '/^  "name": "our-rules"/,/^}/p' conf/profiles/README.md |
		sed -e '1s/^/{/' -e 's/, "scale": 100//' \
			>/run/profiles/our-rules.json
	echo 'gpu:busy:ratio{node="n",gpu="0",gpu_model="A100"} 0.97' \
		>/run/exporters/gpu.prom
	set_up PROFILE_DIR=/run/profiles
}

cure_16() {
	sed -i 's/"metric": "gpu:busy:ratio"/&, "scale": 100/' \
		/run/profiles/our-rules.json
	systemctl restart "$unit"
	within_limit answer_has '"utilization":97,'
}

provoke_17() {
	exporter_says dcgm-classic
	fake status_500 STALE_IF_ERROR_S=60
}

# nginx says STALE as well while it fetches an answer that is still good, and
# then the log has no error yet.
ask_again_17() {
	curl -s -o /run/asked-again --max-time 20 "$url"
}

cure_17() {
	set_fake ok
}

provoke_18() {
	systemctl stop "$unit.service"
}

provoke_19() {
	set_up LOG_LEVEL=debug && within_limit is_healthy
}

# --- the table -------------------------------------------------------------------------

# see|ask|says|so of each row, with a unit separator between; an empty field is
# that of the row above.
rows() {
	sed -n '/^<!-- troubleshooting -->/,/^<!-- \/troubleshooting -->/p' \
		deploy/README.md | grep '^| ' | tail -n +2 |
		awk -F ' *[|] *' -v OFS='\037' '{
			for (i = 2; i <= 5; i++)
				if ($i != "")
					field[i] = $i
			print field[2], field[3], field[4], field[5]
		}'
}

# quoted TEXT: what stands in backquotes there, a line each.
# shellcheck disable=SC2016 # the backquotes are the README's
quoted() {
	grep -o '`[^`]*`' <<<"$1" | tr -d '`'
}

answer_has() {
	curl -si --max-time 20 "$url" | grep -qF -- "$1"
}

# holds TEXT FILE: all that is quoted, or one of it where the text says "or".
# shellcheck disable=SC2016
holds() {
	local part count=0 found=0

	while IFS= read -r part; do
		count=$((count + 1))
		if grep -qF -- "$part" "$2"; then
			found=$((found + 1))
		fi
	done < <(quoted "$1")
	case $1 in
	*'` or `'*) [ "$found" -gt 0 ] ;;
	*) [ "$count" -gt 0 ] && [ "$found" -eq "$count" ] ;;
	esac
}

# Asks until the answer is the one in the row's first field; there is none in
# those that are about the log.
shows() {
	case $1 in
	[1-5][0-9][0-9]' '*) ;;
	*) return 0 ;;
	esac
	[ -s "$answer" ] || curl -si --max-time 20 "$asked" >"$answer"
	if grep -q "^HTTP/1.1 ${1%% *} " "$answer" && holds "$1" "$answer"; then
		return
	fi
	mv "$answer" /run/other-answer
	return 1
}

# says NUMBER COMMAND TEXT
says() {
	if declare -F "ask_again_$1" >/dev/null; then
		"ask_again_$1"
	fi
	eval "$2" >/run/said 2>&1
	holds "$3" /run/said
}

# The commands among what is quoted.
run_commands() {
	local command

	while IFS= read -r command; do
		case $command in
		'sudo '*) eval "$command" >>/run/said 2>&1 || return 1 ;;
		esac
	done < <(quoted "$1")
}

# cure NUMBER SO: what the row says in words, then its commands.
cure() {
	if declare -F "cure_$1" >/dev/null; then
		"cure_$1" || return 1
	fi
	run_commands "$2" && within_limit is_healthy
}

# explain WHAT: why a row failed, as a comment.
explain() {
	printf '%s\n' "$1"
	tail -c 1500 /run/other-answer "$answer" /run/said 2>/dev/null
}

# try_row NUMBER SEE ASK SAYS SO
try_row() {
	rm -f "$answer" /run/other-answer /run/said
	asked=$url
	if ! "provoke_$1"; then
		explain "not provoked"
	elif ! within_limit shows "$2"; then
		explain "no such answer"
	elif ! within_limit says "$1" "$(quoted "$3")" "$4"; then
		explain "it says no such thing"
	fi
	cure "$1" "$5" || explain "it goes on"
}

try_rows() {
	local row=0 see ask says so

	while IFS=$'\037' read -r see ask says so; do
		row=$((row + 1))
		result "$see: $says" "$(try_row "$row" "$see" "$ask" "$says" "$so")"
	done < <(rows)
	row_count=$row
}

# What stands before the table, a command a line.
# shellcheck disable=SC2016
first_command_works() {
	sed -n '/^## Troubleshooting/,/^<!-- trouble/p' deploy/README.md |
		grep '^sudo ' >/run/commands
	is 2 grep -c . /run/commands || return 1
	run_commands "$(sed 's/.*/`&`/' /run/commands)" &&
		grep -q '^settings and .* valid$' /run/said &&
		grep -q '^dcgm-exporter: 2 GPUs$' /run/said
}

run_tests() {
	systemctl start "$unit.socket"
	check "healthy at first" within_limit is_healthy
	check "the first thing to do" first_command_works
	try_rows
	check "all $rows_known rows were tried" is "$rows_known" echo "$row_count"
	if [ "$failed" -ne 0 ]; then
		show_logs
	fi
	finish_tests
}

start_surroundings
(run_tests)
echo $? >/results/status
