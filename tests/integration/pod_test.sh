#!/usr/bin/env bash
# The pod that the chart renders, and an nginx with the sidecar patch, both run
# by podman and asked over HTTP. What podman cannot do of a pod, for_podman.mjs
# says; probes it does not run, so they are run here by hand.
set -u

# shellcheck source=tests/support/tap.sh
. "${top_srcdir:-$(dirname "$0")/../..}/tests/support/tap.sh"
# shellcheck source=tests/support/podman.sh
. "${top_srcdir:-$(dirname "$0")/../..}/tests/support/podman.sh"
# shellcheck source=tests/support/kubernetes.sh
. "$root/tests/support/kubernetes.sh"
# Before there is no network any more.
[ -n "${PODMAN_INSIDE:-}" ] || kubernetes_tools ||
	podman_bail_out "no Helm; all of it is in $build/kubernetes-tools.log"
podman_enter pod-test "$@"
# shellcheck source=tests/support/podman_ask.sh
. "$root/tests/support/podman_ask.sh"

url=http://127.0.0.1:8080
prometheus=http://127.0.0.1:9090
metrics=/api/v1/gpu/metrics
gpus=10000
# podman 4 numbers the pods of a Deployment.
case $(podman version --format '{{.Client.Version}}') in
[1-4].*) replica=-0 ;;
*) replica= ;;
esac
pod=gpu-monitoring-api-pod$replica
responder=$pod-responder
nginx=$pod-nginx
# Of the test's loopback interface.
allowed=192.0.2.1
other=192.0.2.2
forbidden=192.0.2.3
# One pod, since all would share the loopback interface; other origins than *, and
# a profile that is not the image's; a Prometheus that is slow is not silent.
values=(--set replicas=1 --set nativeSidecar=false --set images.tag=latest
	--set images.pullPolicy=Never --set drainSeconds=1
	--set "settings.PROMETHEUS_URL=$prometheus"
	--set-string settings.PROBE_TIMEOUT_MS=60000
	--set 'cors.origins={https://a.example,https://b.example}'
	--set "metrics.allow={$allowed/32}"
	--set-string "nginx.accessConfig=deny $forbidden;"
	--set-file "profiles.add.05-ours\.json=ours.json")
cd "$podman_dir" || exit 1

# --- helpers -------------------------------------------------------------------

# memory_kib CONTAINER: of its processes; pages that several share count once.
memory_kib() {
	local pid

	for pid in $(main_pid "$1") $(children "$1"); do
		sed -n 's/^Pss: *\([0-9]*\) kB/\1/p' "/proc/$pid/smaps_rollup"
	done | awk '{ sum += $1 } END { print sum }'
}

note_memory() {
	echo "# memory of the pod, $1: responder $(memory_kib "$responder") KiB," \
		"nginx $(memory_kib "$nginx") KiB" >>figures
}

start_prometheus() {
	"$build/tests/fake/fake_prometheus" --port 9090 --gpus-total "$gpus" \
		--gpus-per-node 8 >fake.log 2>&1 &
	fake=$!
	within_limit curl -fsS "$prometheus/-/ready"
}

# set_prometheus BEHAVIOUR: from now on.
set_prometheus() {
	curl -fsS --max-time 5 "$prometheus/__set?behaviour=$1"
}

stop_prometheus() {
	kill "$fake" && { wait "$fake" || true; }
}

# --- the pod of the chart --------------------------------------------------------

render() {
	cat >ours.json <<-'END'
		{"name": "ours", "match": {"metrics": ["our_gpu"], "labels": ["gpu"]},
		 "labels": {"index": ["gpu"]},
		 "fields": {"utilization": {"metric": "our_gpu"}}}
	END
	helm4 template gpu-monitoring-api \
		"$root/deploy/helm/gpu-monitoring-api" "${values[@]}" >all.yaml &&
		for_podman "$podman_dir/files" <all.yaml >pod.yaml
}

starts() {
	render && podman play kube --network=host pod.yaml &&
		within_limit is 200 get "$url/api/livez" &&
		note_memory idle
}

has_its_limits() {
	is 268435456 inspect "$responder" .HostConfig.Memory &&
		is 134217728 inspect "$nginx" .HostConfig.Memory
}

answers_all_gpus() {
	is 200 get "$url$metrics" &&
		is "$gpus" grep -c . <(grep -o '"gpu_index":' body) &&
		is 200 get "$url/api/health" && note_memory "after $gpus GPUs"
}

answers_head() {
	is 200 get --head "$url$metrics" && [ "$(header Content-Length)" -gt 1000 ]
}

# allows STATUS ORIGIN URL: it, or nobody if it is empty.
allows() {
	is "$1" get -H "Origin: ${2:-https://c.example}" "$3" &&
		is "$2" header Access-Control-Allow-Origin
}

# On errors as well.
lets_listed_origins_read() {
	allows 200 https://a.example "$url$metrics" &&
		allows 200 https://b.example "$url/api/livez" &&
		allows 404 https://b.example "$url/api/no" &&
		allows 404 https://b.example "$url/no" &&
		allows 200 "" "$url$metrics" && allows 404 "" "$url/api/no" &&
		is 204 get -X OPTIONS -H 'Origin: https://a.example' \
			"$url$metrics" &&
		is https://a.example header Access-Control-Allow-Origin
}

has_the_envelope() {
	is 404 get "$url/api/no" && grep -q \
		'^{"success":false,"data":null,"message":null,"error":"' body
}

tells_metrics_to_the_allowed() {
	is 200 get "http://$allowed:8080/metrics" &&
		grep -q '^# TYPE ' body &&
		is 403 get "http://$other:8080/metrics" &&
		is 200 get "http://127.0.0.1:8080/metrics" &&
		is 403 get "http://$allowed:8080/debug/vars"
}

# By access.conf, which leaves /api/livez out.
refuses_the_forbidden() {
	is 403 get "http://$forbidden:8080$metrics" &&
		is 200 get "http://$forbidden:8080/api/livez" &&
		is 200 get "http://$other:8080$metrics"
}

# A setting that names it is right then, and only then.
has_our_profile() {
	podman exec --env GPU_PROFILES=ours "$responder" \
		gpu-monitoring-api --validate &&
		! podman exec --env GPU_PROFILES=none-such "$responder" \
			gpu-monitoring-api --validate
}

# --- probes ----------------------------------------------------------------------

# probe CONTAINER NAME: as the kubelet would.
probe() {
	local file words path

	file=(Deployment spec template spec containers "$1" "$2")
	path=$(query "${file[@]}" httpGet path <all.yaml)
	if [ -n "$path" ]; then
		curl -fsS --max-time 5 "$url$path"
		return
	fi
	mapfile -t words < <(query "${file[@]}" exec command <all.yaml |
		tr -d '[]"' | tr , '\n')
	[ ${#words[@]} -gt 1 ] && podman exec "$pod-$1" "${words[@]}"
}

all_probes_are_well() {
	probe responder startupProbe && probe responder livenessProbe &&
		probe nginx livenessProbe && probe nginx readinessProbe
}

are_well_without_prometheus() {
	stop_prometheus && within_limit is 503 get "$url/api/health" &&
		all_probes_are_well && start_prometheus &&
		within_limit is 200 get "$url/api/health" && all_probes_are_well
}

# nginx is not to be restarted for it.
see_a_stopped_responder() {
	local pids liveness=0 readiness=0

	mapfile -t pids < <(children "$responder")
	kill -STOP "${pids[@]}"
	probe responder livenessProbe || liveness=$?
	probe nginx readinessProbe || readiness=$?
	probe nginx livenessProbe || return 1
	kill -CONT "${pids[@]}"
	[ "$liveness" -ne 0 ] && [ "$readiness" -ne 0 ] &&
		within_limit all_probes_are_well
}

# --- the end of things -----------------------------------------------------------

replaces_a_killed_process() {
	local before

	before=$(children "$responder")
	# shellcheck disable=SC2086 # they are several
	kill -KILL $before
	within_limit is 200 get "$url/api/livez" &&
		within_limit is 2 count_children "$responder" &&
		! children "$responder" | grep -qxF "$before"
}

# Its socket is still there. The kubelet tries until it succeeds; podman tries
# once, and on a busy machine that is too early: runc finds the processes of the one
# that was killed still in its control group.
comes_back_after_a_kill() {
	local before

	before=$(main_pid "$responder")
	kill -KILL "$before"
	within_limit has_ended "$before" &&
		within_limit serves_again && is_another "$before" &&
		within_limit all_probes_are_well
}

serves_again() {
	is 200 get "$url/api/livez" || {
		sleep 1
		podman start "$responder"
		return 1
	}
}

has_ended() {
	[ ! -e "/proc/$1" ]
}

is_another() {
	local now

	now=$(main_pid "$responder") && [ "$now" -gt 0 ] && [ "$now" != "$1" ]
}

run_pre_stop() {
	local words

	mapfile -t words < <(query Deployment spec template spec containers \
		"$1" lifecycle preStop exec command <all.yaml |
		tr -d '[]"' | tr , '\n')
	podman exec "$pod-$1" "${words[@]}"
}

# Nobody looks for exporters any more; Prometheus' answers are slow from now on.
is_left_alone() {
	local before

	before=$(curl -fsS --max-time 5 "$prometheus/__count" |
		grep -o '"queries":[0-9]*') && sleep 1 &&
		is "$before" grep -o '"queries":[0-9]*' \
			<(curl -fsS --max-time 5 "$prometheus/__count")
}

# In the kubelet's order: both wait before they are told, nginx for a second and
# the responder for eleven. Prometheus takes three seconds meanwhile.
loses_nothing_at_the_end() {
	local waiting start

	within_limit is_left_alone || return 1
	start=$SECONDS
	set_prometheus 'slow_header&ms=3000'
	curl -sS --max-time 30 -o /dev/null -w '%{http_code}' \
		"$url/api/v1/gpu/processes" >in_flight &
	run_pre_stop responder &
	waiting=$!
	run_pre_stop nginx && podman stop --time 20 "$nginx" || return 1
	wait "$waiting" || return 1
	podman stop --time 20 "$responder" || return 1
	set_prometheus ok
	is 200 cat in_flight && is 0 inspect "$nginx" .State.ExitCode &&
		is 0 inspect "$responder" .State.ExitCode &&
		[ $((SECONDS - start)) -le 30 ]
}

# --- the sidecar -----------------------------------------------------------------

# Debian's nginx, with a configuration as Debian or nginx' own image has it.
build_somebodys_image() {
	mkdir -p image
	cat >image/nginx.conf <<-'END'
		user www-data;
		pid /run/nginx.pid;
		error_log stderr;
		events { }
		http {
		    access_log /dev/stdout;
		    include /etc/nginx/conf.d/*.conf;
		}
	END
	cat >image/Containerfile <<-'END'
		FROM localhost/gpu-monitoring-api-nginx
		USER root
		RUN rm -rf /etc/nginx/gpu-monitoring-api /run/gpu-monitoring-api
		COPY nginx.conf /etc/nginx/
		ENTRYPOINT ["nginx", "-g", "daemon off;"]
	END
	podman build --quiet --format docker --isolation=chroot --network=host \
		--pull-never --tag localhost/debian-nginx image
}

# includes PLACE: those of the README, all on one line, for http or server, where
# they are indented.
includes() {
	local indent=

	[ "$1" = http ] || indent='  *'
	sed -n "/^## Kubernetes/,/^## [^K]/s/^$indent\(include gpu-mon[^;]*;\).*/\1/p" \
		"$root/deploy/README.md" | tr '\n' ' '
}

# What the README says to do, and the patch with what it marks filled in.
add_the_sidecar() {
	local http server

	http=$(includes http)
	server=$(includes server)
	mkdir -p web
	cp "$root"/tests/kubernetes/web/* web
	sed -i -e "s|^    server {|    $http\n&|" \
		-e "s|^ *listen 8080;|&\n        $server|" web/deployment.yaml
	sed -e 's|runAsGroup: 101|runAsGroup: 33|' \
		-e "s|value: http://.*|value: $prometheus|" \
		-e 's|\(image: .*\):[0-9.]* .*|\1:latest|' \
		"$root/deploy/kubernetes/sidecar.yaml" >web/sidecar.yaml
	kubectl kustomize web >all.yaml &&
		for_podman "$podman_dir/files" init <all.yaml >init.yaml &&
		for_podman "$podman_dir/files" <all.yaml >pod.yaml
}

serves_both() {
	podman pod rm -f -t 5 "$pod" && build_somebodys_image && add_the_sidecar &&
		podman play kube --network=host init.yaml &&
		is 0 podman wait web-init-gpu-monitoring-api-conf &&
		podman play kube --network=host pod.yaml &&
		within_limit is 200 get "$url/api/livez" &&
		is 200 get "$url/" && is "somebody's page" cat body &&
		within_limit is 200 get "$url$metrics" &&
		is "$gpus" grep -c . <(grep -o '"gpu_index":' body) &&
		is MISS header X-Cache-Status &&
		is 200 get "$url/gpu/" && grep -q '<title>' body
}

socket_is_for_their_group() {
	is '10001 33 660' podman exec "web-pod$replica-gpu-monitoring-api" \
		stat -c '%u %g %a' \
		/run/gpu-monitoring-api/gpu-monitoring-api.sock &&
		has_no_privileges "web-pod$replica-gpu-monitoring-api" 10001
}

# --------------------------------------------------------------------------------

if ! { ip address add "$allowed/32" dev lo &&
	ip address add "$other/32" dev lo &&
	ip address add "$forbidden/32" dev lo && start_prometheus; }; then
	podman_bail_out "no Prometheus"
fi
if ! said=$(starts 2>&1); then
	printf '%s\n' "$said" | sed 's/^/# /'
	podman logs "$responder" 2>&1 | tail -n 5 | sed 's/^/# /'
	podman logs "$nginx" 2>&1 | tail -n 5 | sed 's/^/# /'
	podman_bail_out "the pod does not start"
fi
result "the pod of the chart starts" ""
check "the responder has no privileges" has_no_privileges "$responder" 10001
check "nginx has none" has_no_privileges "$nginx" 10002
check "both have their limits" has_its_limits
check "$gpus GPUs over HTTP" answers_all_gpus
check "HEAD" answers_head
check "CORS: the origins of the values, on errors too" lets_listed_origins_read
check "404 in the envelope" has_the_envelope
check "/metrics for allowed addresses, /debug/ for none" \
	tells_metrics_to_the_allowed
check "access.conf as the values say" refuses_the_forbidden
check "a profile of the values" has_our_profile
check "all probes are well" all_probes_are_well
check "so they are while Prometheus is down" are_well_without_prometheus
check "they see a responder that hangs, but for nginx'" see_a_stopped_responder
check "kill -9 of the processes: replaced" replaces_a_killed_process
check "kill -9 of the responder's container: back" comes_back_after_a_kill
check "what is in flight when the pod ends is answered" loses_nothing_at_the_end
check "the sidecar: somebody's nginx serves its page and the API" serves_both
check "its socket is for the group of their workers" socket_is_for_their_group
cat figures
finish_tests
