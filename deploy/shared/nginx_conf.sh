# shellcheck shell=bash
# The configuration of the nginx that deploy/quickstart starts: its own frame, and
# the files of conf/nginx in it. To be sourced, with
#
#   root, run      the checkout, and the directory of what is started
#   port, cache    8080; on or off
#   socket         where the responder listens
#   page           where the page lies

has_ipv6() {
	grep -q '^0*1 ' /proc/net/if_inet6 2>/dev/null
}

# place_conf FILE INSTALLED OWN: a file of conf/nginx that names a place of the
# installed system, or several that begin alike, with ours instead.
place_conf() {
	local text

	text=$(cat "${root:?}/conf/nginx/$1")
	case $text in
	*"$2"*) ;;
	*) fail "conf/nginx/$1 does not name $2, in whose place $3 was to be" ;;
	esac
	printf '%s\n' "${text//"$2"/"$3"}" >"${run:?}/nginx/$1"
}

# For the connections below, to clients and for them, as far as the system lets us;
# a shell has 1024.
file_limit() {
	local limit

	limit=$(ulimit -Hn)
	if [ "$limit" = unlimited ] || [ "$limit" -gt 8192 ]; then
		limit=8192
	fi
	echo "$limit"
}

# In $run/nginx.
write_nginx_conf() {
	local user='' ipv6='' cache_off='' access_format=gpu_api

	# Workers of another user could not reach the socket in $run.
	if [ "$(id -u)" -eq 0 ]; then
		user='user root;'
	fi
	if has_ipv6; then
		ipv6="listen [::1]:${port:?};"
	fi
	if [ "${cache:?}" = off ]; then
		# shellcheck disable=SC2016 # nginx' variable
		cache_off='set $gpu_api_cache off;'
	fi
	if [ "${LOG_FORMAT:-}" = json ]; then
		access_format=gpu_api_json
	fi
	mkdir -p "$run/nginx/temp"
	ln -sfn "$root/conf/nginx" "$run/nginx/gpu-monitoring-api"
	place_conf cache.conf /var/lib/nginx/gpu-monitoring-api \
		"$run/nginx/cache"
	place_conf upstream.conf \
		/run/gpu-monitoring-api/gpu-monitoring-api.sock "${socket:?}"
	place_conf page.conf /usr/local/share/gpu-monitoring-api/page "${page:?}"
	cat >"$run/nginx/nginx.conf" <<-END
		$user
		daemon off;
		worker_processes auto;
		worker_rlimit_nofile $(file_limit);
		pid $run/nginx/nginx.pid;
		error_log $run/nginx.log;
		events {
		    worker_connections 4096;
		}
		http {
		    server_tokens off;
		    client_body_temp_path $run/nginx/temp/body;
		    fastcgi_temp_path $run/nginx/temp/fastcgi;
		    proxy_temp_path $run/nginx/temp/proxy;
		    scgi_temp_path $run/nginx/temp/scgi;
		    uwsgi_temp_path $run/nginx/temp/uwsgi;
		    include gpu-monitoring-api/http.conf;
		    access_log $run/access.log $access_format;
		    include cache.conf;
		    include upstream.conf;
		    server {
		        listen 127.0.0.1:$port;
		        $ipv6
		        include gpu-monitoring-api/locations.conf;
		        include gpu-monitoring-api/metrics.conf;
		        include gpu-monitoring-api/metrics-gpus.conf;
		        include page.conf;
		        include gpu-monitoring-api/index.conf;
		        $cache_off
		    }
		}
	END
}
