# shellcheck shell=bash
# What deploy/quickstart, deploy/package and tests/run do before they build: see
# whether the checkout can be built in, and by nobody else, and install packages
# without leaving services on. To be sourced by bash, with
#
#   root     the checkout
#   program  what failures are said by: quickstart
#
#   . "$root/deploy/shared/prepare.sh"
#   check_checkout .tests                      # first: before anything is installed
#   be_alone "$root/.tests"
#   mapfile -t missing < <(missing_packages gcc make)
#   install_packages "$root/.tests/apt.log" "${missing[@]}"
#
# Each of them ends the script if it cannot do that: with one line that says what
# to do, and status 1; with 130 where somebody pressed Ctrl-C.

shared_directory="${root:?}/deploy/shared"

# say WORD...: a line, whether or not somebody still reads them.
say() {
	printf '%s\n' "$*" 2>/dev/null || true
}

step() {
	say "$* ..."
}

fail() {
	printf '%s: %s\n' "${program:?}" "$*" >&2
	exit 1
}

# check_checkout [PATH...]: that a build works in $root, and that the caller may
# write it, and these paths in it as far as they are there.
check_checkout() {
	local path

	check_characters
	for path in . "$@"; do
		path="$root/$path"
		[ ! -e "$path" ] || [ -w "$path" ] || refuse_unwritable "${path%/.}"
	done
}

# autoconf, make and nginx give the others a meaning of their own; no quotes help
# with all three.
check_characters() {
	local unusable

	unusable=$(printf '%s' "$root" | tr '\n' ' ' |
		LC_ALL=C tr -d 'A-Za-z0-9/._+%,@~\200-\377-')
	[ -z "$unusable" ] ||
		fail "autoconf, make or nginx cannot work in a path with" \
			"\"${unusable:0:1}\" in it: $root; move the checkout to" \
			"one with letters, digits and . _ + % , @ ~ - only"
}

refuse_unwritable() {
	local owner me

	owner=$(stat -c %U "$1")
	me=$(id -un 2>/dev/null || id -u)
	if [ "$owner" = "$me" ] || [ "$(id -u)" -eq 0 ]; then
		fail "cannot write $1, it is read-only: work in a copy of $root" \
			"elsewhere"
	fi
	fail "cannot write $1, which is $owner's: work in a copy of your own, or," \
		"if that was sudo, take it back: sudo chown -R $me $root"
}

# be_alone DIRECTORY: as long as this script runs, by a lock on descriptor 9; or
# else a second one would remove what the first one works on.
be_alone() {
	exec 9<"$1"
	flock -n 9 ||
		fail "another one runs in $1: wait until it ends, or use a clone of" \
			"your own"
}

# missing_packages PACKAGE...: prints those that are not installed.
missing_packages() {
	local package

	for package in "$@"; do
		# shellcheck disable=SC2016 # dpkg-query's
		dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null |
			grep -qx installed || echo "$package"
	done
}

# install_packages LOG PACKAGE...: Debian's, as root or by sudo. What apt-get
# says goes to the log, whose directory is made. No service starts; those that came with the packages are
# disabled, and said to be; what was there before stays as it was.
install_packages() {
	local log=$1 rc=0

	shift
	check_installer "$@"
	{ mkdir -p "$(dirname "$log")" && : >"$log"; } || fail "cannot write $log"
	step "Installing $* (with apt-get, for the whole system; services stay off)"
	as_root bash -s -- "$@" <"$shared_directory/install_as_root.sh" \
		>"$log" || rc=$?
	# The first line is the script's own.
	[ -s "$log" ] ||
		fail "sudo did not let you install packages; ask who may to run:" \
			"apt-get install $*"
	case $rc in
	0) tell_disabled "$log" ;;
	130)
		echo "$program: interrupted while it installed packages" >&2
		exit 130
		;;
	*)
		fail "apt-get failed: $(grep -m 1 '^E:' "$log" || tail -n 1 "$log");" \
			"all of it is in $log"
		;;
	esac
}

check_installer() {
	command -v apt-get >/dev/null ||
		fail "these packages are missing, and there is no apt-get to" \
			"install them: $*"
	[ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
		fail "these packages are missing, and there is no sudo to" \
			"install them: $*"
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

tell_disabled() {
	local units

	units=$(sed -n 's/^disabled: //p' "$1")
	[ -z "$units" ] ||
		say "    disabled, since they came with these packages: $units"
}
