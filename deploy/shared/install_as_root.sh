#!/usr/bin/env bash
# Installs packages of Debian; the services that come with them neither start now
# nor with the machine. For install_packages in prepare.sh, which has root's bash
# read it from stdin.
#
# usage: install_as_root.sh PACKAGE...
#   prints what apt-get says, and "disabled: UNIT..." if there were any
#   exits with 130 if it was interrupted; apt-get, which may have been in the
#   middle of it, says 0 then
set -uo pipefail

policy=/usr/sbin/policy-rc.d
policy_mark='# Of an installation by gpu-monitoring-api.'
# For another installation to end.
lock_limit_s=300
interrupted=no
is_policy_ours=no
enabled_before=
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# Debian asks this file before it starts a service. An administrator's own stays.
# Ours says no as long as this process lives, however that ends.
forbid_services() {
	if [ -e "$policy" ] && ! grep -qxF "$policy_mark" "$policy"; then
		return
	fi
	is_policy_ours=yes
	cat >"$policy" <<-END || return 1
		#!/bin/sh
		$policy_mark
		kill -0 $$ 2>/dev/null && exit 101
		exit 0
	END
	chmod 0755 "$policy"
}

allow_services() {
	if [ "$is_policy_ours" = yes ]; then
		rm -f "$policy"
	fi
}

# A name for all that starts with the machine: systemd's units, also where it is
# not installed yet, and init scripts.
list_enabled() {
	{
		[ ! -d /etc/systemd/system ] ||
			find /etc/systemd/system -type l ! -lname /dev/null \
				-printf '%p %l\n' | unit_names
		find /etc/ -maxdepth 2 -path '/etc/rc[2-5].d/S[0-9][0-9]*' \
			-printf '%f\n' | sed 's/^S[0-9][0-9]//'
	} | sort -u
}

# Reads "LINK TARGET" lines. A link that is not what a unit wants is a second name
# of its target.
unit_names() {
	local link target

	while read -r link target; do
		[[ $link = *.@(wants|requires|upholds)/* ]] || link=$target
		[[ $link != *.@(service|socket|timer|path|target|mount) ]] ||
			echo "${link##*/}"
	done
}

list_new() {
	list_enabled | comm -13 <(echo "$enabled_before") -
}

# An administrator's policy may have let it start.
disable() {
	local now=()

	case $1 in
	*.*) ;;
	*)
		update-rc.d "$1" disable
		return
		;;
	esac
	if command -v systemctl >/dev/null; then
		if [ "$is_policy_ours" = no ] && [ -d /run/systemd/system ]; then
			now=(--now)
		fi
		systemctl disable "${now[@]}" "$1"
	else
		deb-systemd-helper disable "$1"
	fi
}

disable_new() {
	local new name

	new=$(list_new)
	for name in $new; do
		disable "$name"
	done
	[ -z "$new" ] ||
		echo "disabled: $(echo "$new" | sed 's/\.service$//' | sort -u |
			paste -sd ' ')"
	new=$(list_new)
	[ -z "$new" ] || {
		echo "E: these came with the packages, and cannot be disabled: $new"
		return 1
	}
}

finish() {
	local rc=$?

	trap '' INT TERM HUP
	disable_new || rc=1
	allow_services
	[ "$interrupted" = no ] || rc=130
	exit "$rc"
}

apt() {
	[ "$interrupted" = no ] || return 1
	# needrestart restarts services that were there before.
	DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get \
		-o DPkg::Lock::Timeout="$lock_limit_s" \
		-o Dpkg::Options::=--force-confdef \
		-o Dpkg::Options::=--force-confold "$@" 9<&-
}

main() {
	# For what the trap says at the end, too.
	exec 2>&1
	echo "installing $*"
	trap 'interrupted=yes' INT TERM HUP
	# Two at once would not know whose services are new.
	exec 9</var/lib/dpkg
	flock -w "$lock_limit_s" 9 ||
		echo "W: another installation has not ended after $lock_limit_s s"
	enabled_before=$(list_enabled) || {
		echo "E: cannot tell which services are enabled"
		exit 1
	}
	trap finish EXIT
	forbid_services || exit 1
	# The lists that are there may do.
	apt update || echo "W: apt-get update failed"
	apt install -y --no-install-recommends "$@"
}

# To the end before anything runs: the script itself is on stdin.
main "$@" </dev/null
exit
