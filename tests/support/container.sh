# shellcheck shell=bash
# For tests that boot a container with a systemd of its own, in which another
# script does the tests. To be sourced. After prepare_container they call `must`
# for each step, boot, and pass_on_results.

# prepare_container NAME: $here, a directory of the test's own, and in it the
# container's root, both gone when the script ends.
prepare_container() {
	# The container's users are to read what is made for them.
	umask 022
	root=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
	build=${top_builddir:-.}
	here="$build/$1"
	container="$here/root"
	# Two of one name do not run at once.
	machine="$1-$$"
	nspawn=
	# shellcheck source=tests/support/make.sh
	. "$root/tests/support/make.sh"
	[ "$(id -u)" -eq 0 ] || skip "only root can boot a container"
	command -v systemd-nspawn >/dev/null ||
		skip "systemd-nspawn is not installed"
	rm -rf "$here"
	mkdir -p "$container"
	trap finish_container EXIT
}

skip() {
	echo "1..0 # SKIP $*"
	exit 0
}

finish_container() {
	# The second signal makes it quit at once.
	if [ -n "$nspawn" ]; then
		kill -TERM "$nspawn" 2>/dev/null
		kill -TERM "$nspawn" 2>/dev/null
		wait "$nspawn"
	fi
	remove_own_groups
	rm -rf "$here"
	# What still wrote there ends for want of it.
	wait
	rm -rf "$here"
}

# make_root: with this machine's /usr, which boot binds, and an /etc of its own.
make_root() {
	local directory

	mkdir -p "$container"/{dev,etc/default,proc,root,run,sys,tmp,usr} \
		"$container"/var/{lib,log}/nginx || return 1
	for directory in bin sbin lib lib64; do
		ln -s "usr/$directory" "$container/$directory"
	done
	cp /etc/{passwd,group,nsswitch.conf,os-release,ld.so.cache} \
		"$container/etc" || return 1
	echo '127.0.0.1 localhost' >"$container/etc/hosts"
}

# needs_all_parts: what install_build puts in the container.
needs_all_parts() {
	local name

	for name in nginxdir systemdsystemunitdir sysusersdir; do
		[ -n "$(directory "$name")" ] ||
			skip "configure was told to leave out $name"
	done
}

# What make install installs, with nginx' part in /etc/nginx, where this machine's
# nginx looks for it, and systemd's where systemd does.
install_build() {
	local installed="$here/installed" nginx

	nginx=$(directory nginxdir)
	make_it install DESTDIR="$installed" &&
		mkdir -p "$installed/usr/local" "$container/etc/nginx" &&
		find "$installed" -mindepth 1 -maxdepth 1 ! -name usr \
			-exec cp -a {} "$container" \; &&
		cp -a "$installed$nginx/." "$container/etc/nginx" &&
		link_for_systemd systemdsystemunitdir system &&
		link_for_systemd sysusersdir ../sysusers.d
}

# link_for_systemd DIRECTORY NAME: as an administrator does, where make install
# put them elsewhere than systemd looks.
link_for_systemd() {
	local from file to="$container/etc/systemd/$2"

	from=$(directory "$1")
	case $from in
	/usr/lib/* | /usr/local/lib/* | /lib/* | /etc/*) return ;;
	esac
	mkdir -p "$container/etc/systemd" "$to" || return 1
	for file in "$here/installed$from"/gpu-monitoring-api.*; do
		ln -s "$from/${file##*/}" "$to" || return 1
	done
}

# boot_installed: on make_root and install_build. What is below /usr, but not in
# /usr/local, lies on this machine's as an overlay.
boot_installed() {
	local usr="$here/installed/usr" options=(--bind-ro=/usr)

	if [ -n "$(find "$usr" -mindepth 1 -maxdepth 1 ! -name local)" ]; then
		options=("--overlay=/usr:$usr:/usr")
	fi
	boot "${options[@]}" --bind="$usr/local:/usr/local"
}

# place_tests SCRIPT: what the container runs once it has booted.
place_tests() {
	mkdir -p "$container/results" "$container/etc/systemd/system"
	# With one, this is no first boot, which would enable more services.
	systemd-id128 new >"$container/etc/machine-id"
	cat >"$container/etc/systemd/system/tests.service" <<-END
		[Service]
		Type=oneshot
		Environment=PATH=/usr/local/bin:/usr/sbin:/usr/bin:$(directory bindir)
		ExecStart=/bin/bash /source/$1
		StandardOutput=file:/results/tap
		StandardError=file:/results/errors
	END
}

# own_groups: the control groups of the container, one in each hierarchy that
# systemd uses. In one that two containers share, as they do without this, the
# systemd of one counts the other's processes among its own.
own_groups() {
	local number controllers path mount

	number=$(printf '%s' "$here" | cksum | cut -d ' ' -f 1)
	while IFS=: read -r _ controllers path; do
		case $controllers in
		name=systemd) mount=/sys/fs/cgroup/systemd ;;
		'') mount=/sys/fs/cgroup/unified ;;
		*) continue ;;
		esac
		[ -d "$mount" ] || mount=/sys/fs/cgroup
		echo "${mount}${path%/}/test-$number"
	done <"/proc/$$/cgroup"
}

enter_own_groups() {
	local group

	for group in $(own_groups); do
		remove_left_over "${group%/*}"
		mkdir -p "$group" && echo "$BASHPID" >"$group/cgroup.procs"
	done
}

# remove_left_over DIRECTORY: groups of tests that were killed. One that is new
# may be about to get its first process.
remove_left_over() {
	local group

	find "$1" -mindepth 1 -maxdepth 1 -type d -name 'test-[0-9]*' -mmin +10 |
		while read -r group; do
			has_processes "$group" || remove_group "$group"
		done
}

has_processes() {
	find "$1" -name cgroup.procs -exec cat {} + | grep -q .
}

remove_own_groups() {
	local group

	for group in $(own_groups); do
		[ ! -d "$group" ] || remove_group "$group"
	done
}

remove_group() {
	find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
}

# boot [NSPAWN_OPTION...]: it ends with this script, even if that is killed.
boot() {
	(
		enter_own_groups
		SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 exec setpriv \
			--pdeathsig TERM systemd-nspawn --quiet \
			--machine="$machine" --directory="$container" \
			--boot --register=no --keep-unit --private-network --console=pipe \
			--bind-ro="$root:/source" --bind-ro="$build:/build" \
			"$@" systemd.unit=tests.service
	) </dev/null >"$here/console" 2>&1 &
	nspawn=$!
}

# must WHAT COMMAND...: a step before the tests. If it fails, WHAT did, and the test
# ends with what the command said, which is kept in a log of its own.
must() {
	local what=$1 log

	shift
	log="$here/$1.log"
	"$@" >"$log" 2>&1 || bail_out "$what failed" "$log"
}

# results_within LIMIT_S: the script that runs in the container leaves its exit
# status behind.
results_within() {
	local until=$((SECONDS + $1))

	until [ -s "$container/results/status" ]; do
		[ "$SECONDS" -lt "$until" ] || {
			reason="took longer than $1 s"
			return 1
		}
		kill -0 "$nspawn" 2>/dev/null || {
			reason="the container ended before its tests did"
			return 1
		}
		sleep 0.1
	done
}

# pass_on_results LIMIT_S: the last line of a script: what the tests in the
# container say, and their exit status.
pass_on_results() {
	local rc=1 reason

	results_within "$1" && rc=$(cat "$container/results/status")
	cat "$container/results/tap" 2>/dev/null
	sed 's/^/# /' "$container/results/errors" 2>/dev/null
	[ -s "$container/results/status" ] || bail_out "$reason" "$here/console"
	exit "$rc"
}

# bail_out WHAT LOG: the tests do not go on.
bail_out() {
	echo "Bail out! $1"
	tail -n 20 "$2" | sed 's/^/# /'
	exit 1
}
