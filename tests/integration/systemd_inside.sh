#!/usr/bin/env bash
# The tests of systemd_test.sh; the root of a container that has just booted.
set -u

uncached=http://127.0.0.1:8081
metrics=/api/v1/gpu/metrics
# shellcheck source=tests/support/tap.sh
. /source/tests/support/tap.sh
# shellcheck source=tests/support/inside.sh
. /source/tests/support/inside.sh
service=$(systemctl show --property=FragmentPath --value "$unit.service")

cd /source || exit 1

# --- Prometheus by a name of the DNS and TLS, and nginx before it and us ------

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
		        include gpu-monitoring-api/locations.conf;
		    }
		    server {
		        listen 8081;
		        include gpu-monitoring-api/locations.conf;
		        set $gpu_api_cache off;
		    }
		    server {
		        listen 9443 ssl;
		        server_name prometheus.test;
		        ssl_certificate /etc/nginx/prometheus.pem;
		        ssl_certificate_key /etc/nginx/prometheus.key;
		        location / {
		            proxy_pass http://127.0.0.1:9090;
		        }
		    }
		}
	END
	run_in_background dns dnsmasq --keep-in-foreground --conf-file=/dev/null \
		--pid-file= --user=root --no-resolv --no-hosts --log-queries \
		--log-facility=- --listen-address=127.0.0.1 --bind-interfaces \
		--address=/prometheus.test/127.0.0.1
	run_in_background fake /build/tests/fake/fake_prometheus \
		--port 9090
	systemctl start nginx
}

# After `make install`, as the README says.
start_socket() {
	systemd-sysusers && configure_units && systemctl daemon-reload &&
		systemctl enable --now gpu-monitoring-api.socket
}

configure_units() {
	local drop_in=/etc/systemd/system/$unit.service.d

	cat >>"$(settings_file)" <<-END
		PROMETHEUS_URL=https://prometheus.test:9443
		PROMETHEUS_CA_FILE=/etc/nginx/prometheus.pem
		SHARE_ANSWERS=off
	END
	(umask 077 && echo hunter2.token >/etc/gpu-monitoring-api/token)
	mkdir -p "$drop_in"
	{
		echo '[Service]'
		grep -E '^#(LoadCredential|Environment)=' "$service" |
			cut -c 2-
	} >"$drop_in/token.conf"
}

# --- helpers -------------------------------------------------------------------

answers() {
	curl -fsS --max-time 20 "$uncached$metrics" |
		grep -q '"success":true,"data":\[{'
}

# under_load COMMAND...: again and again while clients ask; no request fails.
under_load() {
	local requests=2000 times=0 clients

	curl --silent --parallel --parallel-max 16 --output /dev/null \
		--write-out '%{http_code}\n' --max-time 30 \
		"$uncached$metrics#[1-$requests]" >/run/statuses 2>/dev/null &
	clients=$!
	while kill -0 "$clients" 2>/dev/null; do
		"$@" || return 1
		times=$((times + 1))
	done
	wait "$clients"
	echo "# $requests requests, meanwhile $times times: $*" >>/run/figures
	[ "$times" -ge 3 ] || echo "only $times times: $*"
	is "$requests 200" count_statuses && [ "$times" -ge 3 ]
}

count_statuses() {
	sort /run/statuses | uniq -c | sed 's/^ *//'
}

# --- tests -----------------------------------------------------------------------

# The container's man does not look in /usr/local.
units_have_no_fault() {
	systemd-analyze verify --man=no "$unit.service" "$unit.socket"
}

starts_on_the_first_request() {
	is inactive state ActiveState && answers && is active state ActiveState
}

field_of() {
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$2/status"
}

runs_without_privileges() {
	local pid

	are_two || return 1
	for pid in $(main_pid) $(responders); do
		is gpu-monitoring-api stat -c %U "/proc/$pid" &&
			grep -q '^Max core file size  *0  *0 ' "/proc/$pid/limits" &&
			is 0000000000000000 field_of CapEff "$pid" &&
			is 0000000000000000 field_of CapBnd "$pid" &&
			is 1 field_of NoNewPrivs "$pid" &&
			is 2 field_of Seccomp "$pid" || return 1
	done
}

counts_two() {
	env REQUEST_METHOD=GET SCRIPT_NAME=/metrics timeout 10 cgi-fcgi -bind \
		-connect "$socket" | grep -qx 'gpu_monitoring_api_processes 2'
}

# The unit's rules leave them the memory that it takes.
counts_together() {
	within_limit counts_two &&
		! journalctl -q -u "$unit" | grep -F 'of this process alone'
}

# Prometheus was really asked by DNS and TLS, with the credential.
asked_by_name_and_tls() {
	journalctl -q -u dns -o cat | grep -q 'query\[A\] prometheus.test' &&
		curl -fsS http://127.0.0.1:9090/__count |
		grep -q 'Bearer hunter2.token'
}

# denied: the same from each systemd. Since version 253 it leaves it to the kernel
# that nothing is written and executed, which answers EACCES.
denied() {
	probe | sed 's/^write_code EACCES$/write_code EPERM/'
}

# The service's own unit file, with another program in place of ours.
probe() {
	sed -e 's|^ExecStart=.*|ExecStart=/systemd_probe|' \
		-e '/^StandardInput=/d' -e '/^Requires=/d' -e '/^Restart/d' \
		-e 's/^Type=.*/Type=oneshot/' \
		-e 's|^StandardOutput=.*|StandardOutput=file:/results/probe|' \
		"$service" >/etc/systemd/system/probe.service
	systemctl daemon-reload && systemctl start probe &&
		cat /results/probe
}

refuses_what_is_forbidden() {
	is "inet ok
local EAFNOSUPPORT
netlink EAFNOSUPPORT
packets EAFNOSUPPORT
write_file EROFS
write_shared ok
write_code EPERM
set_priority EPERM
set_personality EPERM
be_traced EPERM
change_mounts EPERM
new_user_namespace EPERM" denied
}

# What the unit forbids works without it.
count_failed_calls() {
	/systemd_probe | grep -vc ' ok$'
}

probe_shows_the_difference() {
	is 0 count_failed_calls
}

# Until one of them has ended it may still take the request.
replaces_the_killed() {
	local old

	mapfile -t old < <(responders)
	kill -KILL "${old[@]}"
	within_limit none_is_left "${old[@]}" && answers &&
		within_limit are_two &&
		! responders | grep -qxF "$(printf '%s\n' "${old[@]}")"
}

restart_and_ask() {
	systemctl restart "$unit.service" && answers
}

restarts_under_load() {
	under_load restart_and_ask
}

reloads_nginx_under_load() {
	under_load systemctl reload nginx
}

# none_is_left PID...
none_is_left() {
	! kill -0 "$@"
}

# systemd kills the others as well, and what they have begun with them: until then
# one of them may take the request.
survives_multiwatch() {
	local old

	mapfile -t old < <(responders)
	kill -KILL "$(main_pid)"
	within_limit none_is_left "${old[@]}" && answers && within_limit are_two
}

# While a client waits, too: its connection makes the socket ask for the service.
does_not_fill_the_journal() {
	local start=$SECONDS attempts

	cp "$(settings_file)" /run/settings-before
	echo LOG_LEVEL=loud >>"$(settings_file)"
	! systemctl restart "$unit.service" || return 1
	is 000 status_of "$uncached$metrics" --max-time 12 || return 1
	attempts=$(journalctl -q -u "$unit" -o cat |
		grep -c 'LOG_LEVEL is "loud"')
	echo "# wrong settings: $attempts attempts in $((SECONDS - start)) s" \
		>>/run/figures
	[ "$attempts" -ge 1 ] &&
		[ "$attempts" -le $(((SECONDS - start) / 5 + 2)) ]
}

# Nobody starts it.
comes_up_when_they_are_right() {
	cp /run/settings-before "$(settings_file)"
	within_limit answers
}

# Else systemd would have killed it, and said so.
stops_by_itself() {
	systemctl stop "$unit.service" && is success state Result &&
		is inactive state ActiveState
}

starts_again_on_request() {
	answers && is active state ActiveState
}

stops_with_its_socket() {
	systemctl stop "$unit.socket" "$unit.service" && [ ! -e "$socket" ] &&
		is "" find /dev/shm -name 'gpu-monitoring-api*' &&
		is 502 status_of "$uncached$metrics"
}

logs_no_secret() {
	journalctl -q -u "$unit" -o cat | grep -q msg=request &&
		! journalctl -q -u "$unit" | grep -F hunter2
}

run_tests() {
	check "the socket is enabled as the README says" start_socket
	check "systemd-analyze verify" units_have_no_fault
	check "systemd-analyze security: 1.0 or better" is_little_exposed
	check "the socket is nginx', 0660" socket_is_for_nginx_alone
	check "the first request starts the service" starts_on_the_first_request
	check "no root, no capability, a filter" runs_without_privileges
	check "both processes count together" counts_together
	check "Prometheus by DNS and TLS, with a credential" \
		asked_by_name_and_tls
	check "forbidden calls are refused" refuses_what_is_forbidden
	check "they work without the unit's rules" probe_shows_the_difference
	check "kill -9 of all responders: served, and replaced" \
		replaces_the_killed
	check "kill -9 of multiwatch: the same" survives_multiwatch
	check "restarts under load: no request fails" restarts_under_load
	check "nginx reloads under load: the same" reloads_nginx_under_load
	check "wrong settings do not fill the journal" does_not_fill_the_journal
	check "once they are right it answers" comes_up_when_they_are_right
	check "stops by itself" stops_by_itself
	check "a request starts it again" starts_again_on_request
	check "stops with its socket" stops_with_its_socket
	check "no secret is logged" logs_no_secret
	cat /run/figures
	if [ "$failed" -ne 0 ]; then
		show_logs
	fi
	finish_tests
}

start_surroundings
(run_tests)
echo $? >/results/status
