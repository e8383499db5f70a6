#!/usr/bin/env bash
# nginx takes every file of conf/nginx and conf/site: the snippet in a site's own
# server, the example site, and the example server with its certificate paths
# filled in.
set -u

root=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
prefix=$(mktemp -d /tmp/nginx-conf-test.XXXXXX)
trap 'rm -rf "$prefix"' EXIT
# shellcheck source=tests/support/tap.sh
. "$root/tests/support/tap.sh"

# accepts: nginx -t of what comes on standard input as the http block's content.
accepts() {
	cat >"$prefix/nginx.conf" <<-END
		pid $prefix/nginx.pid;
		error_log $prefix/error.log;
		events {}
		http {
		    access_log off;
		    client_body_temp_path $prefix/body;
		    fastcgi_temp_path $prefix/fastcgi;
		    proxy_temp_path $prefix/proxy;
		    scgi_temp_path $prefix/scgi;
		    uwsgi_temp_path $prefix/uwsgi;
		    $(cat)
		}
	END
	nginx -t -q -e "$prefix/error.log" -p "$prefix" -c "$prefix/nginx.conf"
}

# As they are installed, but for the cache's directory, which is the test's.
place_files() {
	cp -r --no-preserve=mode "$root/conf/nginx" \
		"$prefix/gpu-monitoring-api" &&
		cp -r --no-preserve=mode "$root"/conf/site/* "$prefix" &&
		sed -i "s|/var/lib/nginx/|$prefix/|" \
			"$prefix/gpu-monitoring-api/cache.conf"
}

accepts_snippet() {
	accepts <<-END
		include conf.d/*.conf;
		server {
		    listen 127.0.0.1:65533;
		    location / { return 200; }
		    include snippets/gpu-monitoring-api.conf;
		    include gpu-monitoring-api/metrics.conf;
		    include gpu-monitoring-api/metrics-gpus.conf;
		}
	END
}

# On other ports: nginx -t binds them, and they may be in use, or root's.
accepts_site() {
	sed 's/\<8080\>/65532/' "$prefix/sites-available/gpu-monitoring-api" \
		>"$prefix/site" && accepts <<-END
		include conf.d/*.conf;
		include site;
	END
}

accepts_example() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-subj /CN=localhost -days 1 -keyout "$prefix/key.pem" \
		-out "$prefix/certificate.pem" || return 1
	sed -e "s|/etc/ssl/certs/[^;]*|$prefix/certificate.pem|" \
		-e "s|/etc/ssl/private/[^;]*|$prefix/key.pem|" \
		-e "s|/var/log/nginx/|$prefix/|" \
		-e 's/^\( *listen .*\)\<80\>/\165532/' \
		-e 's/^\( *listen .*\)\<443\>/\165531/' \
		"$root/conf/nginx/example-server.conf" >"$prefix/example" &&
		accepts <<-END
			include conf.d/*.conf;
			include example;
		END
}

# Each file is reached from one of those above.
uses_every_file() {
	local file name

	for file in "$root"/conf/nginx/*.conf; do
		name=$(basename "$file")
		[ "$name" = example-server.conf ] ||
			grep -q "^[ #]*include gpu-monitoring-api/$name;" \
				"$root"/conf/nginx/*.conf \
				"$root"/conf/site/*/* || {
			echo "nobody includes $name"
			return 1
		}
	done
}

# The policy allows the page's own style, by its hash, and no other.
allows_the_style() {
	local style hash

	style=$(sed -n '/<style>/,/<\/style>/p' "$prefix/gpu-monitoring-api/index.conf")
	style=${style#*<style>}
	hash=$(printf '%s' "${style%</style>*}" | openssl dgst -sha256 -binary |
		openssl base64)
	grep -qF " style-src 'sha256-$hash';" \
		"$prefix/gpu-monitoring-api/index.conf" || {
		echo "the style's hash is sha256-$hash"
		return 1
	}
}

refuses_a_mistake() {
	! accepts <<<'add_heade X-Test 1;'
}

check "the files are there" place_files
check "the snippet in an existing server block" accepts_snippet
check "the example site" accepts_site
check "the example server with TLS" accepts_example
check "every file is used" uses_every_file
check "the page's policy allows its style" allows_the_style
check "this test can fail" refuses_a_mistake
finish_tests
