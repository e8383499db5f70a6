#!/usr/bin/env bash
# make install and make uninstall, into a directory of the test's own, whatever
# directories configure was told.
set -u

root=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${top_builddir:-.}
there=$(mktemp -d /tmp/install-test.XXXXXX)
trap 'rm -rf "$there"' EXIT
name=gpu-monitoring-api
# shellcheck source=tests/support/tap.sh
. "$root/tests/support/tap.sh"
# shellcheck source=tests/support/make.sh
. "$root/tests/support/make.sh"

make_there() {
	make_it "$1" DESTDIR="$there"
}

# below DIRECTORY FILE...: where they are to be; nowhere without the directory.
below() {
	local directory

	directory=$(directory "$1")
	shift
	[ -z "$directory" ] || printf "%s\n" "${@/#/$there$directory/}"
}

expected_files() {
	below bindir "$name"
	below sysconfdir "default/$name"
	below profiledir 11-dcgm-exporter.json
	below pagedir index.html
	below pagefilesdir main.js page.css icon.svg
	below man8dir "$name.8"
	below docdir {,conf/,conf/profiles/,deploy/,src/,src/api/,src/page/,tests/}README.md README.ja.md \
		src/page/picture.png
	below sysusersdir "$name.conf"
	below systemdsystemunitdir "$name".{service,socket}
	below nginxdir {conf.d,snippets}/"$name.conf" "sites-available/$name"
}

has_all() {
	local file server missing=0

	while read -r file; do
		[ -s "$file" ] || {
			echo "there is no $file"
			missing=1
		}
	done < <(expected_files)
	for server in apache caddy lighttpd; do
		diff -r "$root/conf/$server" \
			"$(below pkgdatadir "conf/$server")" || missing=1
	done
	[ "$missing" -eq 0 ]
}

has_all_for_nginx() {
	[ -z "$nginx" ] ||
		sed "s|/usr/local/share/$name/page/|$(directory pagedir)/|" \
			"$root/conf/nginx/page.conf" |
		diff - "$nginx/$name/page.conf" &&
		diff -x page.conf "$root/conf/nginx" "$nginx/$name"
}

# Each that a file of ours includes is there, by the name that it is called; one
# with a whole path is for whoever uses it to write.
includes_are_there() {
	local file missing=0

	[ -n "$nginx" ] || return 0
	while read -r file; do
		[ -e "$nginx/$file" ] || {
			echo "there is no $file"
			missing=1
		}
	done < <(sed -n 's/^[ #]*include \([^/*;][^*;]*\);.*/\1/p' \
		"$nginx"/*/"$name"* "$nginx/$name"/* | sort -u)
	[ "$missing" -eq 0 ]
}

names_its_directories() {
	local unit

	unit=$(below systemdsystemunitdir "$name.service")
	if [ -n "$unit" ]; then
		grep -q " -- $(directory bindir)/$name\$" "$unit" &&
			grep -qx "EnvironmentFile=-$(directory sysconfdir)/default/$name" \
				"$unit" || return 1
	fi
	! grep -rnI '@[a-z]*@' "$there" &&
		grep -qxF "#PROFILE_DIR=$(directory profiledir)" "$settings" &&
		grep -qxF "#XIDS_FILE=$(directory xidsdir)/xids.json" "$settings"
}

# The settings, and a file of nginx'. A new one that is in its place is not beside
# it any more.
keeps_what_was_changed() {
	local file

	for file in "${changed[@]}"; do
		echo '# ours' >>"$file"
	done
	[ "$(make_there install | grep -c 'differs, and stays')" -eq \
		${#changed[@]} ] || return 1
	for file in "${changed[@]}"; do
		grep -qx '# ours' "$file" && [ -s "$file.new" ] &&
			! grep -qx '# ours' "$file.new" || return 1
	done
	[ -n "$nginx" ] || return 0
	cmp "$root/conf/nginx/http.conf" "$nginx/$name/http.conf.new" &&
		touch "$nginx/$name/cache.conf.new" && make_there install &&
		[ ! -e "$nginx/$name/cache.conf.new" ]
}

removes_all_but_that() {
	if [ -n "$nginx" ]; then
		mkdir -p "$nginx/sites-enabled"
		ln -s "../sites-available/$name" "$nginx/sites-enabled/"
	fi
	make_there uninstall && [ "$(find "$there" ! -type d | sort)" = \
		"$(printf '%s\n' "${changed[@]}" | sort)" ]
}

settings=$(below sysconfdir "default/$name")
nginx=$(below nginxdir '')
nginx=${nginx%/}
changed=("$settings" ${nginx:+"$nginx/$name/http.conf"})

check "make install" make_there install
check "everything is there" has_all
check "all of conf/nginx is there" has_all_for_nginx
check "what nginx includes is there" includes_are_there
check "files name the directories of the build" names_its_directories
check "what was changed stays on the next make install" keeps_what_was_changed
check "make uninstall leaves nothing but that" removes_all_but_that
finish_tests
