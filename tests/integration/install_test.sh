#!/usr/bin/env bash
# make install and make uninstall, into a directory of the test's own.
set -u

root=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${top_builddir:-.}
there=$(mktemp -d /tmp/install-test.XXXXXX)
trap 'rm -rf "$there"' EXIT
etc="$there/usr/local/etc"
name=gpu-monitoring-api
# shellcheck source=tests/support/tap.sh
. "$root/tests/support/tap.sh"

make_it() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$build" "$1" \
		DESTDIR="$there" 2>&1
}

has_all() {
	local file missing=0

	for file in bin/$name etc/default/$name lib/sysusers.d/$name.conf \
		lib/systemd/system/$name.{service,socket} \
		share/man/man8/$name.8 share/$name/profiles/11-dcgm-exporter.json \
		etc/nginx/{conf.d,snippets}/$name.conf \
		etc/nginx/sites-available/$name; do
		[ -s "$there/usr/local/$file" ] || {
			echo "there is no $file"
			missing=1
		}
	done
	[ "$missing" -eq 0 ] &&
		diff "$root/conf/nginx" "$etc/nginx/$name" &&
		for server in apache caddy lighttpd; do
			diff -r "$root/conf/$server" \
				"$there/usr/local/share/$name/conf/$server" ||
				return 1
		done
}

# Each that a file of ours includes is there, by the name that it is called.
includes_are_there() {
	local file missing=0

	while read -r file; do
		[ -e "$etc/nginx/$file" ] || {
			echo "there is no $file"
			missing=1
		}
	done < <(sed -n 's/^[ #]*include \([^*;]*\);.*/\1/p' \
		"$etc"/nginx/*/"$name"* "$etc/nginx/$name"/* | sort -u)
	[ "$missing" -eq 0 ]
}

names_its_directories() {
	grep -q ' -- /usr/local/bin/gpu-monitoring-api$' \
		"$there/usr/local/lib/systemd/system/$name.service" &&
		grep -qx 'EnvironmentFile=-/usr/local/etc/default/gpu-monitoring-api' \
			"$there/usr/local/lib/systemd/system/$name.service" &&
		! grep -rn '@[a-z]*@' "$there/usr/local/lib" "$etc" \
			"$there/usr/local/share/man"
}

# The settings, and a file of nginx'. A new one that is in its place is not beside
# it any more.
keeps_what_was_changed() {
	echo LOG_LEVEL=warn >>"$etc/default/$name"
	echo '# ours' >>"$etc/nginx/$name/http.conf"
	[ "$(make_it install | grep -c 'differs, and stays')" -eq 2 ] &&
		grep -qx LOG_LEVEL=warn "$etc/default/$name" &&
		grep -qx '# ours' "$etc/nginx/$name/http.conf" &&
		cmp "$root/conf/nginx/http.conf" "$etc/nginx/$name/http.conf.new" &&
		touch "$etc/nginx/$name/cache.conf.new" && make_it install &&
		[ ! -e "$etc/nginx/$name/cache.conf.new" ]
}

removes_all_but_that() {
	mkdir -p "$etc/nginx/sites-enabled"
	ln -s "../sites-available/$name" "$etc/nginx/sites-enabled/"
	make_it uninstall && [ "$(find "$there" ! -type d | sort)" = \
		"$(printf '%s\n' "$etc/default/$name" "$etc/nginx/$name/http.conf")" ]
}

check "make install" make_it install
check "everything is there" has_all
check "what nginx includes is there" includes_are_there
check "files name the directories of the build" names_its_directories
check "what was changed stays on the next make install" keeps_what_was_changed
check "make uninstall leaves nothing but that" removes_all_but_that
finish_tests
