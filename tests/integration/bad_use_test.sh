#!/usr/bin/env bash
# Bad uses of deploy/quickstart, deploy/package and tests/run, a line of the table
# for each: in a copy of the scripts, in namespaces where root has directories of
# its own in place of /usr/sbin and systemd's, with stubs for what they call.
#
# As a user who is not root those lines are left out that need another one.
set -u

root=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
# shellcheck source=tests/support/tap.sh
. "$root/tests/support/tap.sh"
is_root=no
as_user=()
if [ "$(id -u)" -eq 0 ]; then
	is_root=yes
	as_user=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
	if [ -z "${BAD_USE_INSIDE:-}" ]; then
		BAD_USE_INSIDE=yes exec unshare --mount --net \
			--propagation private bash "$0"
	fi
fi

# WHO: "user" or "root", who calls. SET-UP is run by root, or by who runs the test.
# SAYS is a regular expression; no line is ever the shell's own. LEAVES is what
# is new in the checkout.
rows() {
	cat <<'END'
CASE | WHO | SET-UP | COMMAND | STATUS | SAYS | LEAVES
no network, packages are missing | root | lacks_packages; apt_get_fails | ./deploy/quickstart | 1 | ^quickstart: apt-get failed: E: Failed to fetch http.*; all of it is in .*/.quickstart/apt.log$ | .quickstart .quickstart/apt.log
the same, the package | root | lacks_packages; apt_get_fails | ./deploy/package | 1 | ^package: apt-get failed: E: Failed to fetch http | .package .package/apt.log
a list that cannot be updated does no harm | root | lacks_packages; apt_get_cannot_update; lacks_autoconf | ./deploy/quickstart | 1 | ^quickstart: the build failed | .quickstart .quickstart/apt.log .quickstart/build .quickstart/build.log .quickstart/lock
sudo refuses: said once, with the packages | user | lacks_packages; sudo_refuses | ./deploy/quickstart | 1 | ^quickstart: sudo did not let you install packages; ask who may to run: apt-get install .*libfcgi-dev | .quickstart .quickstart/apt.log
the same, the package | user | lacks_packages; sudo_refuses | ./deploy/package | 1 | ^package: sudo did not let you .* apt-get install .*debhelper | .package .package/apt.log
the same, the tests | user | lacks_packages; sudo_refuses | ./tests/run | 1 | ^tests/run: sudo did not let you .* apt-get install .*libcunit1-dev | .tests .tests/apt.log
there is no sudo | user | lacks_packages; has_none sudo | ./deploy/quickstart | 1 | ^quickstart: these packages are missing, and there is no sudo to install them: .*libfcgi-dev | -
there is no apt-get | user | lacks_packages; has_none apt-get | ./deploy/quickstart | 1 | ^quickstart: these packages are missing, and there is no apt-get to install them: .*libfcgi-dev | -
it says what it installs, and for whom | user | lacks_packages; sudo_refuses | ./deploy/quickstart | 1 | ^Installing .*libfcgi-dev.* \(with apt-get, for the whole system; services stay off\) \.\.\.$ | .quickstart .quickstart/apt.log
services of these packages are disabled | root | lacks_packages; apt_get_enables; lacks_autoconf | ./deploy/quickstart | 1 | ^    disabled, since they came with these packages: new newer.timer newest$ | .quickstart .quickstart/apt.log .quickstart/build .quickstart/build.log .quickstart/lock
one that cannot be disabled | root | lacks_packages; apt_get_enables; systemctl_fails | ./deploy/quickstart | 1 | ^quickstart: apt-get failed: E: these came with the packages, and cannot be disabled: new.service | .quickstart .quickstart/apt.log
Ctrl-C while apt-get runs, which then says 0 | root | lacks_packages; apt_get_is_interrupted | ./deploy/quickstart | 130 | ^quickstart: interrupted while it installed packages$ | .quickstart .quickstart/apt.log
the same, the package | root | lacks_packages; apt_get_is_interrupted | ./deploy/package | 130 | ^package: interrupted while it installed packages$ | .package .package/apt.log
Ctrl-C is no reason to leave services on | root | lacks_packages; apt_get_is_interrupted | ./deploy/quickstart; sed 's/^/log: /' .quickstart/apt.log | 0 | ^log: disabled: new$ | .quickstart .quickstart/apt.log
what a kill -9 leaves forbids no service | root | is_killed_while_installing | sh /usr/sbin/policy-rc.d && rm /usr/sbin/policy-rc.d && echo allowed | 0 | ^allowed$ | -
the next installation takes it away | root | is_killed_while_installing; lacks_packages; apt_get_fails | ./deploy/quickstart | 1 | ^quickstart: apt-get failed | .quickstart .quickstart/apt.log
an administrator's stays | root | has_a_policy; lacks_packages; apt_get_fails | ./deploy/quickstart; cat /usr/sbin/policy-rc.d; rm /usr/sbin/policy-rc.d | 0 | ^exit 104$ | .quickstart .quickstart/apt.log
a build that fails | user | lacks_autoconf | ./deploy/quickstart | 1 | ^quickstart: the build failed; all of it is in .*/build.log$ | .quickstart .quickstart/build .quickstart/build.log .quickstart/lock
a log that cannot be opened starts no old program | user | was_built; is_a_directory build.log | ./deploy/quickstart | 1 | ^quickstart: cannot write .*/build.log$ | .quickstart/lock
nor does a lock | user | was_built; is_a_directory lock | ./deploy/quickstart | 1 | ^quickstart: cannot write .*/lock$ | -
moved after a build | user | was_built; was_moved; make_shows | ./deploy/quickstart | 1 | ^configured anew$ | .quickstart/build.log .quickstart/lock
a step of the package's fails | user | lacks_autoconf; has_packages | ./deploy/package | 1 | ^package: source failed; all of it is in .*/source.log$ | .package .package/source.log
another user's checkout | user | is_of_root . | ./deploy/quickstart | 1 | ^quickstart: cannot write .*/clone, which is root's: work in a copy of your own | -
the same, the package | user | is_of_root . | ./deploy/package | 1 | ^package: cannot write .*/clone, which is root's | -
the same, the tests | user | is_of_root . | ./tests/run | 1 | ^tests/run: cannot write .*/clone, which is root's | -
started with sudo, then without | user | is_of_root .quickstart | ./deploy/quickstart | 1 | ^quickstart: cannot write .*/.quickstart, which is root's.* if that was sudo, take it back: sudo chown -R nobody .*/clone$ | -
the same, the package | user | is_of_root .package | ./deploy/package | 1 | ^package: cannot write .*/.package, which is root's | -
the same, a file of the build | user | was_built; is_of_root .quickstart/build.log | ./deploy/quickstart | 1 | ^quickstart: cannot write .*/build.log, which is root's | -
a read-only file system | root | is_read_only | ./deploy/quickstart | 1 | ^quickstart: cannot write .*/clone, it is read-only: work in a copy of .*/clone elsewhere$ | -
the same, the package | user | is_read_only | ./deploy/package | 1 | ^package: cannot write .*/clone, it is read-only | -
--stop of what another user started | user | runs_as_root | ./deploy/quickstart --stop | 1 | ^quickstart: cannot read .*/.quickstart/8080, which is root's: whoever started what runs for port 8080 has to stop it$ | -
the same, with umask 077 | user | runs_as_root; is_closed | ./deploy/quickstart --stop | 1 | ^quickstart: cannot read .*/.quickstart, which is root's: whoever started | -
a start beside it | user | runs_as_root | ./deploy/quickstart | 1 | ^quickstart: cannot read .*/8080, which is root's | -
--stop where nothing runs | user | : | ./deploy/quickstart --stop | 0 | ^nothing runs for port 8080$ | -
PORT=08080 is 8080 | user | : | PORT=08080 ./deploy/quickstart --stop | 0 | ^nothing runs for port 8080$ | -
a PORT that is none | user | : | PORT=8080x ./deploy/quickstart | 1 | ^quickstart: PORT is "8080x": it takes a number from 1 to 65535$ | -
the same, with --stop | user | : | PORT=70000 ./deploy/quickstart --stop | 1 | ^quickstart: PORT is "70000": it takes a number from 1 to 65535$ | -
PORT=0 | user | : | PORT=00 ./deploy/quickstart | 1 | ^quickstart: PORT is "00": it takes a number | -
a PORT that is root's | user | ports_are_roots_below 1024 | PORT=80 ./deploy/quickstart | 1 | ^quickstart: PORT is "80": below 1024 only root may listen$ | -
where it is everybody's | user | ports_are_roots_below 0; lacks_autoconf | PORT=80 ./deploy/quickstart | 1 | ^quickstart: the build failed | .quickstart .quickstart/build .quickstart/build.log .quickstart/lock
a PORT that is in use | root | listens_on 8091 | PORT=8091 ./deploy/quickstart | 1 | ^quickstart: port 8091 is in use; choose another: PORT=8090 \./deploy/quickstart$ | -
the one that is named then | root | listens_on 8090 | PORT=8090 ./deploy/quickstart | 1 | ^quickstart: port 8090 is in use; choose another: PORT=8091 \./deploy/quickstart$ | -
a CACHE that is none | user | : | CACHE=no ./deploy/quickstart | 1 | ^quickstart: CACHE is "no": it takes on or off$ | -
a URL without scheme, before anything is built | user | : | PROMETHEUS_URL=prometheus:9090 ./deploy/quickstart | 1 | ^quickstart: PROMETHEUS_URL must start with http:// or https://; it takes a URL such as http:// | -
the second of two URLs | user | : | PROMETHEUS_URL=http://a,ftp://b ./deploy/quickstart | 1 | ^quickstart: PROMETHEUS_URL must start with | -
an unknown option with a value | user | : | ./deploy/quickstart --port 9000 | 1 | ^quickstart: unknown argument "--port": .* settings stand before the command: PORT=8090 | -
a setting behind the command | user | : | ./deploy/quickstart PORT=9000 | 1 | ^quickstart: unknown argument "PORT=9000": .* PORT=8090 | -
one too many | user | : | ./deploy/quickstart --stop --now | 1 | ^quickstart: unknown argument "--now": it takes one of --detach, --stop and --help | -
the same, the package | user | : | ./deploy/package --check --fast | 1 | ^package: unknown argument "--fast": it takes --check or --help$ | -
started by sh | user | : | sh deploy/quickstart --stop | 0 | ^nothing runs for port 8080$ | -
the same, the package | user | : | sh deploy/package --help | 0 | ^usage: deploy/package | -
two at once, the package | user | is_worked_in .package | ./deploy/package | 1 | ^package: another one runs in .*/.package: wait until it ends, | -
the same, the tests | user | is_worked_in .tests | ./tests/run | 1 | ^tests/run: another one runs in .*/.tests: wait until it ends, | -
started by sh, the tests | user | : | sh tests/run --help | 0 | ^usage: tests/run \[VARIANT...\] | -
an unknown variant | user | : | ./tests/run hard | 2 | ^tests/run: unknown variant "hard"; it takes hardened, | -
another one starts meanwhile | user | was_built; another_starts | ./deploy/quickstart | 1 | ^quickstart: already running for port 8080; | .quickstart/8080 .quickstart/8080/nginx.pid .quickstart/lock
a signal when a service has just started | user | was_built; is_ended_at_once | ./deploy/quickstart | 130 | ^Starting the simulated fleet and Prometheus | .quickstart/8080 .quickstart/8080/simulator.log .quickstart/build.log .quickstart/lock
through a link elsewhere | user | runs_as_root; is_linked | "$place/link" --stop | 1 | ^quickstart: cannot read .*/clone/.quickstart/8080 | -
END
}

# Each in a path, refused by each script before it has done anything.
unusable_characters=(' ' $'\t' $'\n' \' '"' '$' '#' '&' $'\\' ';' ':' '{' '}'
	'(' ')' '<' '>' '*' '?' '[' ']' '!' '`' '^' '=' '|')
usable_names=('a%b' 'プロジェクト' 'a+b@c~d,e-f_g.h')

# --- set-ups -----------------------------------------------------------------------

# stub NAME: in place of the program; its text from stdin.
stub() {
	{
		echo '#!/bin/bash'
		cat
	} >"$place/stubs/$1"
	chmod 755 "$place/stubs/$1"
}

has_none() {
	rm "$tools/$1"
}

lacks_packages() {
	stub pkg-config <<<'exit 1'
	stub dpkg-query <<<'exit 1'
}

has_packages() {
	stub dpkg-query <<<'echo installed'
	stub dpkg-parsechangelog <<-'END'
		sed -n 's/^AC_INIT(\[[a-z-]*\], \[\(.*\)\])/\1-1/p' configure.ac
	END
}

lacks_autoconf() {
	stub autoreconf <<<'exit 1'
}

sudo_refuses() {
	stub sudo <<-END
		[ ! -e "$place/tmp/asked" ] || echo "asked twice"
		touch "$place/tmp/asked"
		echo "alice is not in the sudoers file." >&2
		exit 1
	END
}

apt_get_fails() {
	stub apt-get <<-'END'
		case " $* " in
		*' install '*)
			echo 'E: Failed to fetch http://mirror.example/a.deb' \
				'Temporary failure resolving'
			exit 100
			;;
		esac
	END
}

apt_get_cannot_update() {
	stub apt-get <<-'END'
		case " $* " in
		*' update '*) exit 100 ;;
		esac
	END
}

# Links, as packages make them, of systemd's and of init scripts. One of the former
# was there.
apt_get_enables() {
	mkdir -p /etc/systemd/system/multi-user.target.wants /etc/rc2.d
	ln -s /lib/systemd/system/old.service \
		/etc/systemd/system/multi-user.target.wants/
	stub apt-get <<-'END'
		case " $* " in
		*' install '*)
			cd /etc/systemd/system || exit 1
			sh /usr/sbin/policy-rc.d new start
			[ $? -eq 101 ] || echo 'E: services start'
			mkdir timers.target.wants
			ln -s /lib/systemd/system/new.service multi-user.target.wants/
			ln -s /lib/systemd/system/newer.timer timers.target.wants/
			ln -s /lib/systemd/system/newer.timer second-name.timer
			ln -s /dev/null masked.service
			ln -s ../init.d/newest /etc/rc2.d/S01newest
			;;
		esac
	END
	stub systemctl <<-'END'
		find /etc/systemd/system -lname "*/$2" -delete
	END
	stub update-rc.d <<-'END'
		mv "/etc/rc2.d/S01$1" "/etc/rc2.d/K01$1"
	END
}

systemctl_fails() {
	stub systemctl <<<'exit 1'
}

# As by the terminal that sudo makes: the script that calls it is told, and so is
# apt-get, which ends with 0.
apt_get_is_interrupted() {
	apt_get_enables
	stub apt-get <<-'END'
		case " $* " in
		*' install '*)
			ln -s /lib/systemd/system/new.service \
				/etc/systemd/system/multi-user.target.wants/
			kill -INT "$PPID"
			echo 'W: Operation was interrupted before it could finish'
			;;
		esac
	END
}

is_killed_while_installing() {
	stub apt-get <<-'END'
		kill -KILL "$PPID"
	END
	{
		PATH="$place/stubs:$PATH" bash -s -- gcc \
			<"$root/deploy/shared/install_as_root.sh"
	} >/dev/null 2>&1
}

has_a_policy() {
	echo 'exit 104' >/usr/sbin/policy-rc.d
}

# By who is "user", with a program that tells that it was started.
was_built() {
	local build="$clone/.quickstart/build"

	mkdir -p "$build"
	printf '#!/bin/sh\ntouch "%s/tmp/started"\n' "$place" \
		>"$build/gpu-monitoring-api"
	chmod 755 "$build/gpu-monitoring-api"
	echo "ac_pwd='$build'" >"$build/config.status"
	echo 'the old place' >"$build/Makefile"
	stub configure <<<'echo "configured anew" >Makefile'
	cp "$place/stubs/configure" "$clone/configure"
	touch "$build/Makefile"
	give_to_user
}

is_a_directory() {
	mkdir "$clone/.quickstart/$1"
	give_to_user
}

was_moved() {
	sed -i 's|clone|before|' "$clone/.quickstart/build/config.status"
}

make_shows() {
	stub make <<-'END'
		cat Makefile
		exit 1
	END
}

give_to_user() {
	[ "$is_root" = no ] || chown -R nobody:nogroup "$clone"
}

is_of_root() {
	[ -e "$clone/$1" ] || mkdir "$clone/$1"
	chown root "$clone/$1"
	chmod 755 "$clone/$1"
}

is_read_only() {
	mount --bind "$clone" "$clone"
	mount -o remount,bind,ro "$clone"
}

runs_as_root() {
	mkdir -p "$clone/.quickstart/8080"
	give_to_user
	chown root "$clone/.quickstart/8080"
	chmod 700 "$clone/.quickstart/8080"
}

is_closed() {
	chown root "$clone/.quickstart"
	chmod 700 "$clone/.quickstart"
}

ports_are_roots_below() {
	echo "$1" >/proc/sys/net/ipv4/ip_unprivileged_port_start
}

# In this network, which is the test's own.
listens_on() {
	ip link set lo up
	perl -MIO::Socket::INET -e 'IO::Socket::INET->new(Listen => 1,
		LocalAddr => "127.0.0.1", LocalPort => shift) && sleep 10' "$1" \
		>/dev/null 2>&1 &
	until (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
		sleep 0.05
	done
}

# While this one waits for its turn.
another_starts() {
	stub flock <<-'END'
		cd "$place/clone/.quickstart" && mkdir 8080
		setsid sleep 20 >/dev/null 2>&1 &
		echo "$! $(sed 's/.*) //' "/proc/$!/stat" | cut -d ' ' -f 20)" \
			"$(cat /proc/sys/kernel/random/boot_id)" >8080/nginx.pid
		until [ "$(ps -o sid= -p $!)" -eq $! ]; do
			sleep 0.05
		done
	END
}

# By a signal when the script asks since when its first service runs: a terminal
# sends it to what is asked, too.
is_ended_at_once() {
	local simulator="$clone/.quickstart/build/tests/simulator"

	mkdir -p "$simulator"
	printf '#!/bin/sh\nwhile sleep 0.1; do :; done\n' \
		>"$simulator/fleet_simulator"
	chmod 755 "$simulator/fleet_simulator"
	give_to_user
	stub make <<<''
	stub awk <<-'END'
		if mkdir "$place/tmp/told" 2>/dev/null; then
			kill -TERM "$(ps -o ppid= -p "$PPID" | tr -d ' ')"
			exit 1
		fi
		exec /usr/bin/awk "$@"
	END
}

is_worked_in() {
	mkdir "$clone/$1"
	give_to_user
	(exec 8<"$clone/$1" && flock 8 && exec sleep 20) >/dev/null 2>&1 &
	until ! flock -n "$clone/$1" true; do
		sleep 0.05
	done
}

is_linked() {
	ln -s "$clone/deploy/quickstart" "$place/link"
}

# --- a row ------------------------------------------------------------------------

# Everything of this machine, but that nothing is missing.
link_tools() {
	mkdir "$tools"
	ln -s /usr/bin/* "$tools"
	for tool in autoreconf automake multiwatch nginx prometheus spawn-fcgi; do
		ln -sf /bin/true "$tools/$tool"
	done
}

# new_place [NAME]: a checkout of that name, stubs, and a system without services.
new_place() {
	clone="$place/${1:-clone}"
	umount "$place/clone" 2>/dev/null
	rm -rf "${place:?}"/{clone,stubs,tmp,link}
	mkdir -p "$place"/{stubs,tmp}
	chmod 777 "$place/tmp"
	# Whether or not this machine has them.
	ln -sf /bin/true "$tools/apt-get"
	ln -sf /bin/true "$tools/sudo"
	mkdir -p "$clone/tests"
	cp -r "$root"/{configure.ac,Makefile.am,deploy} "$clone"
	cp "$root/tests/run" "$clone/tests"
	give_to_user
	if [ "$is_root" = yes ]; then
		rm -rf /etc/systemd/system/* /usr/sbin/policy-rc.d /etc/rc2.d/*
		ports_are_roots_below 1024
	fi
}

# run WHO COMMAND: in the checkout; what it says is in $place/said.
run() {
	local who=()

	[ "$1" = root ] || who=("${as_user[@]}")
	(cd "$clone" && timeout 60 "${who[@]}" env -i place="$place" \
		HOME="$place/tmp" LC_ALL=C.UTF-8 PATH="$place/stubs:$tools" \
		bash -c "$2") >"$place/said" 2>&1 </dev/null
}

list_files() {
	(cd "$clone" && find . -mindepth 1 | sed 's|^\./||' | sort)
}

# Those that are new, in a line; "-" for none.
what_is_left() {
	local left

	left=$(list_files | comm -13 <(echo "$1") - | grep -v '^\.quickstart/build/' |
		paste -sd ' ')
	echo "${left:--}"
}

# try STATUS SAYS LEAVES WHO COMMAND: prints what is wrong.
try() {
	local before rc=0 left

	before=$(list_files)
	run "$4" "$5" || rc=$?
	left=$(what_is_left "$before")
	[ "$rc" -eq "$1" ] || echo "it ends with $rc, not $1"
	grep -qE -- "$2" "$place/said" || echo "it does not say: $2"
	! grep -E ': line [0-9]+: |asked twice' "$place/said"
	[ "$left" = "$3" ] || echo "it leaves: $left"
	[ ! -e "$place/tmp/started" ] || echo "an old program was started"
	! pgrep -f "$place/clone/\.quickstart"
	[ "$is_root" = no ] ||
		! ls /usr/sbin/policy-rc.d 2>/dev/null
}

# trimmed TEXT
trimmed() {
	local text=${1#"${1%%[![:space:]]*}"}

	printf '%s' "${text%"${text##*[![:space:]]}"}"
}

# Not as a user who cannot make files of another one.
can_be_tried() {
	[ "$is_root" = yes ] ||
		[[ $1 != root && $2 != *root* && $2 != *read_only* ]]
}

try_rows() {
	local name who setup command status says leaves wrong

	while IFS='|' read -r name who setup command status says leaves; do
		who=$(trimmed "$who")
		can_be_tried "$who" "$setup" || continue
		new_place
		eval "$setup"
		wrong=$(try "$(trimmed "$status")" "$(trimmed "$says")" \
			"$(trimmed "$leaves")" "$who" "$(trimmed "$command")")
		tell "$(trimmed "$name")" "$wrong"
	done < <(rows | tail -n +2)
}

tell() {
	[ -z "$2" ] || set -- "$1" "$2"$'\n'"it said:"$'\n'"$(cat "$place/said")"
	result "$1" "$2"
}

try_characters() {
	local character script wrong

	for script in deploy/quickstart deploy/package tests/run; do
		wrong=
		for character in "${unusable_characters[@]}"; do
			new_place "a${character}b"
			wrong+=$(try 1 \
				'^[a-z/]*: autoconf, make or nginx cannot work in a path with "' \
				- user "./$script")
			rm -rf "$clone"
		done
		tell "$script: a path with one of ${#unusable_characters[@]} characters" \
			"$wrong"
	done
	for character in "${usable_names[@]}"; do
		new_place "$character"
		lacks_autoconf
		run user ./deploy/quickstart
		wrong=$(grep -q '^quickstart: the build failed' "$place/said" ||
			echo "not built")
		rm -rf "$clone"
		tell "deploy/quickstart: a path such as $character" "$wrong"
	done
}

place=$(mktemp -d /tmp/bad-use-test.XXXXXX)
tools="$place/tools"
chmod 755 "$place"
link_tools
trap 'umount "$place/clone" 2>/dev/null; rm -rf "$place"' EXIT
if [ "$is_root" = yes ]; then
	for directory in /etc/systemd/system /usr/sbin /etc/rc2.d; do
		mkdir -p "$directory"
		mount -t tmpfs -o mode=755 tmpfs "$directory" || {
			echo "Bail out! nothing can be mounted on $directory"
			exit 1
		}
	done
fi
try_rows
try_characters
finish_tests
