#!/usr/bin/env bash
# The tests of package_test.sh: a clean Debian 12 that has just booted, with
# nginx as it came. They build on one another, in the order of a package's life.
set -u

site=http://localhost:8080
existing=http://localhost
metrics=/api/v1/gpu/metrics
name=gpu-monitoring-api
# shellcheck source=tests/support/tap.sh
. /source/tests/support/tap.sh
# shellcheck source=tests/support/inside.sh
. /source/tests/support/inside.sh

export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

# --- helpers -------------------------------------------------------------------

apt() {
	apt-get -y -q "$@" >/run/apt.log 2>&1 || {
		cat /run/apt.log
		return 1
	}
}

answers() {
	curl -fsS --max-time 20 "$1$metrics" |
		grep -q '"success":true,"data":\[{'
}

reload_nginx() {
	nginx -t && nginx -s reload
}

nginx_serves() {
	is 200 status_of "$existing/"
}

# All files but those that packages and logs leave in any case.
list_files() {
	find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /tmp \
		-o -path /source -o -path /build -o -path /results \
		-o -path /var/cache -o -path /var/log -o -path /var/lib/apt \
		-o -path /var/lib/dpkg \) -prune \
		-o -print | sort
}

# --- installed --------------------------------------------------------------------

# shellcheck disable=SC2016 # dpkg-query's
installs() {
	pgrep -x nginx | sort >/run/nginx-before
	apt install /packages/1.deb &&
		is "ii " dpkg-query -W -f '${db:Status-Abbrev}' multiwatch
}

# Neither started again nor reloaded: its processes are the same.
leaves_nginx_alone() {
	[ -s /run/nginx-before ] &&
		pgrep -x nginx | sort | cmp - /run/nginx-before && nginx_serves &&
		is 404 status_of "$existing$metrics"
}

has_all_its_parts() {
	is enabled systemctl is-enabled "$name.socket" &&
		is active systemctl is-active "$name.socket" &&
		is inactive systemctl is-active "$name.service" &&
		[ -e "/usr/share/man/man8/$name.8.gz" ] &&
		[ "$(find "/usr/share/$name/profiles" -name '*.json' | wc -l)" -gt 5 ]
}

names_its_own_directories() {
	! grep -rn '/usr/local\|@[a-z]*@' "/etc/default/$name" \
		"/lib/systemd/system/$name.service" /etc/nginx/*/"$name"*
}

checks_its_settings() {
	"$name" --check | grep 'GPUs$'
}

units_have_no_fault() {
	systemd-analyze verify --man=no "$name.service" "$name.socket"
}

# --- used -------------------------------------------------------------------------

enables_the_site() {
	ln -s ../sites-available/$name /etc/nginx/sites-enabled/ &&
		reload_nginx && within_limit answers "$site"
}

site_has_envelopes() {
	is 404 status_of "$site/x" && is 404 status_of "$site/api/v1/gpu/x" &&
		curl -s "$site/x" | grep '"success":false'
}

site_lists_endpoints() {
	curl -fsS "$site/" | grep "^curl -s $site/api/v1/gpu/metrics " &&
		curl -fsS -o /run/existing.html "$existing/" &&
		! grep "^curl -s " /run/existing.html
}

# By the example site; in a site that is there the path may be in use.
tells_of_itself() {
	curl -fsS "$site/metrics" | grep -q '^gpu_monitoring_api_requests_total' &&
		is 404 status_of "$existing/metrics"
}

runs_as_its_user() {
	local pid

	within_limit are_two || return 1
	for pid in $(main_pid) $(responders); do
		is $name stat -c %U "/proc/$pid" || return 1
	done
	is "$name:x:*:/usr/sbin/nologin" shell_of
}

# name:x:*:shell
shell_of() {
	getent passwd $name | sed 's/^\([^:]*:x:\).*:\([^:]*\)$/\1*:\2/'
}

# The one line, in the server that Debian's nginx comes with.
is_included_in_a_site() {
	sed -i '0,/^\tlisten 80 /s//\tinclude snippets\/gpu-monitoring-api.conf;\n&/' \
		/etc/nginx/sites-available/default && reload_nginx &&
		within_limit answers "$existing" && nginx_serves
}

# Answers are not shared or kept from here on: each request asks.
# shellcheck disable=SC2016 # nginx' variable
takes_settings() {
	echo SHARE_ANSWERS=off >>"/etc/default/$name"
	sed -i 's/^\tinclude snippets.*/&\n\tset $gpu_api_cache off;/' \
		/etc/nginx/sites-available/default && reload_nginx &&
		systemctl restart "$name" && answers "$existing" &&
		tr '\0' '\n' <"/proc/$(main_pid)/environ" |
		grep -x SHARE_ANSWERS=off
}

# --- upgraded ---------------------------------------------------------------------

# Fewer than the 1,000 requests in a second that nginx lets through.
clients() {
	until [ -e /run/clients-stop ]; do
		curl --silent --parallel --parallel-max 16 --output /dev/null \
			--write-out '%{http_code}\n' --max-time 30 \
			"$existing$metrics#[1-100]" 2>/dev/null
		sleep 0.2
	done >/run/statuses
}

# shellcheck disable=SC2016 # dpkg-query's
version() {
	dpkg-query -W -f '${Version}' $name
}

# Twice: the second is the upgrade of an upgraded one.
upgrades_under_load() {
	local before after

	before=$(main_pid)
	clients &
	apt install /packages/2.deb && apt install /packages/3.deb
	touch /run/clients-stop
	wait $!
	after=$(main_pid)
	echo "# two upgrades, meanwhile $(wc -l </run/statuses) requests" \
		>>/run/figures
	version | grep -q '+3$' && [ "$before" != "$after" ] &&
		[ "$(wc -l </run/statuses)" -ge 200 ] && is 200 sort -u /run/statuses
}

keeps_what_was_changed() {
	grep -qx SHARE_ANSWERS=off "/etc/default/$name" &&
		answers "$existing" && answers "$site"
}

# --- removed, installed again, purged ---------------------------------------------

removes() {
	apt remove $name && [ ! -e "$socket" ] && ! pgrep -u $name &&
		[ ! -e /usr/bin/$name ]
}

nginx_goes_on() {
	reload_nginx && nginx_serves && is 502 status_of "$existing$metrics" &&
		curl -s "$existing$metrics" | grep '"success":false'
}

comes_back() {
	apt install /packages/3.deb && answers "$existing" && answers "$site"
}

# The lines in a site, and in another nginx.conf, are the administrator's, who is
# told.
purges() {
	echo "include conf.d/$name.conf;" >/etc/nginx/other.conf
	apt purge $name && grep 'nginx will not start' /run/apt.log &&
		grep sites-available/default: /run/apt.log &&
		grep other.conf: /run/apt.log && rm /etc/nginx/other.conf &&
		[ ! -L /etc/nginx/sites-enabled/$name ]
}

nginx_goes_on_without() {
	sed -i '/snippets\/gpu-monitoring-api/d; /gpu_api_cache/d' \
		/etc/nginx/sites-available/default
	reload_nginx && nginx_serves && within_limit is_no_longer_served
}

is_no_longer_served() {
	is 404 status_of "$existing$metrics" && is 000 status_of "$site"
}

# With what was installed for it. The user stays, as postrm says.
leaves_nothing() {
	apt autoremove --purge && list_files >/run/files-after &&
		grep -qx /etc/nginx/nginx.conf /run/files-after &&
		diff /run/files-before /run/files-after && getent passwd $name
}

run_tests() {
	check "apt-get installs it, with what it depends on" installs
	check "nginx is left alone" leaves_nginx_alone
	check "the socket is enabled, the rest is there" has_all_its_parts
	check "the socket is nginx', 0660" socket_is_for_nginx_alone
	check "no other prefix is named" names_its_own_directories
	check "systemd-analyze verify" units_have_no_fault
	check "systemd-analyze security: 1.0 or better" is_little_exposed
	check "--check finds Prometheus" checks_its_settings
	check "the example site: one link and a reload" enables_the_site
	check "it answers in envelopes" site_has_envelopes
	check "its / lists the endpoints, another site's does not" \
		site_lists_endpoints
	check "it has /metrics" tells_of_itself
	check "it runs as a user of its own, who cannot log in" runs_as_its_user
	check "one line adds it to a site that is there" is_included_in_a_site
	check "settings of /etc/default are used" takes_settings
	check "upgrades under load: no request fails" upgrades_under_load
	check "a changed setting survives them" keeps_what_was_changed
	check "apt-get remove ends it" removes
	check "nginx goes on, and says 502" nginx_goes_on
	check "installed again it is as it was" comes_back
	check "apt-get purge tells of includes that are left" purges
	check "nginx goes on without them" nginx_goes_on_without
	check "no file is left" leaves_nothing
	cat /run/figures
	if [ "$failed" -ne 0 ]; then
		show_logs
	fi
	finish_tests
}

run_in_background fake /build/tests/fake/fake_prometheus --port 9090
systemctl start nginx
list_files >/run/files-before
(run_tests)
echo $? >/results/status
