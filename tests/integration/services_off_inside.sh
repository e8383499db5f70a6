#!/usr/bin/env bash
# The tests of services_off_test.sh: a clean Debian that has just booted, in
# which alice may use sudo, from a home of her own.
set -u

clone=/home/alice/gpu-monitoring-api
# shellcheck source=tests/support/tap.sh
. /source/tests/support/tap.sh
# shellcheck source=tests/support/expect.sh
. /source/tests/support/expect.sh

export LC_ALL=C.UTF-8

make_alice() {
	useradd --create-home --shell /bin/bash alice
	chmod 700 /home/alice
	echo 'alice ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/alice
	mkdir "$clone"
	cp -r /source/{configure.ac,Makefile.am,README.ja.md,README.md,src,conf,deploy,tests} \
		"$clone"
	chown -R alice: "$clone"
}

alice() {
	timeout 240 runuser -u alice -- env -C "$clone" "$@"
}

quickstart() {
	alice ./deploy/quickstart "$@" >/run/said 2>&1 || {
		cat /run/said
		return 1
	}
}

enabled_units() {
	systemctl list-unit-files --state=enabled --no-legend --plain |
		awk '{ print $1 }' | sort
}

# listens PORT: on whatever address.
listens() {
	ss -Hltn "sport = :$1" | grep .
}

# What starts with the machine, but for the tests themselves.
start_as_a_boot_does() {
	systemctl daemon-reload && systemctl start multi-user.target
}

# --- Ctrl-C --------------------------------------------------------------------------

# press_ctrl_c: at a terminal, when apt-get is at work.
press_ctrl_c() {
	within_limit grep -q '^Unpacking ' "$clone/.quickstart/apt.log"
	printf '\003'
	# The terminal stays open until the command has ended.
	sleep 60 &
	echo $! >/run/sleeper
	wait
}

# sudo makes a terminal of its own, in which apt-get says 0 then.
stops_at_ctrl_c() {
	local rc

	grep -q '^Defaults.*use_pty' /etc/sudoers || echo "no use_pty"
	press_ctrl_c | {
		script -qec "runuser -u alice -- $clone/deploy/quickstart --detach" \
			/run/typescript >/run/said
		rc=$?
		kill "$(cat /run/sleeper)"
		exit "$rc"
	}
	rc=$?
	cat /run/said
	is 130 echo "$rc" && [ ! -e "$clone/.quickstart/build" ] &&
		leaves_units_as_they_were
}

# --- a machine without nginx and Prometheus ---------------------------------------------

starts() {
	quickstart --detach &&
		curl -fsS http://localhost:8080/api/v1/gpu/nodes |
		grep -q '"success":true'
}

says_what_is_off() {
	grep -E '^    disabled, since .*: (.* )?nginx( .*)?prometheus' /run/said
}

leaves_units_as_they_were() {
	enabled_units | diff /run/enabled-before - &&
		[ ! -e /usr/sbin/policy-rc.d ]
}

stops() {
	quickstart --stop && ! listens 8080
}

nothing_listens_after_a_boot() {
	is disabled systemctl is-enabled nginx.service &&
		is disabled systemctl is-enabled prometheus.service &&
		start_as_a_boot_does && ! listens 80 && ! listens 9090 &&
		is inactive systemctl is-active nginx
}

# --- a machine with an nginx ---------------------------------------------------------------

# As an administrator does: its service is enabled, and runs.
has_nginx_before() {
	installs_nginx_anew >/run/apt.log 2>&1 || {
		cat /run/apt.log
		return 1
	}
	is enabled systemctl is-enabled nginx.service &&
		within_limit listens 80 &&
		pgrep -x nginx | sort >/run/nginx-before
}

installs_nginx_anew() {
	apt-get -y -q purge nginx nginx-common prometheus &&
		apt-get -y -q install --no-install-recommends nginx
}

leaves_nginx_alone() {
	quickstart --detach && is enabled systemctl is-enabled nginx.service &&
		is "" comm -23 /run/nginx-before <(pgrep -x nginx | sort) &&
		is disabled systemctl is-enabled prometheus.service &&
		quickstart --stop && start_as_a_boot_does && listens 80 &&
		! listens 9090
}

run_tests() {
	check "Ctrl-C while sudo's apt-get works ends it" stops_at_ctrl_c
	check "the quickstart, started again, is healthy" starts
	check "it says which services are off" says_what_is_off
	check "what starts with the machine is as it was" \
		leaves_units_as_they_were
	check "--stop ends it" stops
	check "after a boot nothing listens on 80 and 9090" \
		nothing_listens_after_a_boot
	check "an nginx that was there before" has_nginx_before
	check "is left as it was, Prometheus is off" leaves_nginx_alone
	finish_tests
}

make_alice
enabled_units >/run/enabled-before
(run_tests)
echo $? >/results/status
