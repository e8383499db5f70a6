# shellcheck shell=bash
# The demo that deploy/quickstart starts: simulated exporters, what kube-state-metrics
# says of the pods that hold the cards, and a Prometheus over them, which knows the
# day before. To be sourced, with
#
#   build, run     the build, and the directory of what is started
#   step, say      print
#   start          of services.sh
#   free_port, ask, wait_for

demo_simulator="${build:?}/tests/simulator/fleet_simulator"
demo_past_s=86400
# As often as dcgm-exporter measures.
demo_past_step_s=30
# The simulator and promtool take 2 s together, and many times as long where
# everybody builds.
demo_past_limit_s=60

# Two exporters of the same cards, as many sites have them: the second knows their
# processes.
start_simulators() {
	start simulator "$demo_simulator" --demo "$demo_start_s" \
		--port "$1" --labels dcgm --pods
	start process_simulator "$demo_simulator" --demo "$demo_start_s" \
		--port "$2" --processes 3
	start kube_simulator "$demo_simulator" --demo "$demo_start_s" \
		--port "$3" --kube
}

write_prometheus_conf() {
	cat >"${run:?}/prometheus.yml" <<-END
		global:
		  scrape_interval: 1s
		  scrape_timeout: 1s
		scrape_configs:
		  - job_name: dcgm-exporter
		    static_configs:
		      - targets: ['127.0.0.1:$1']
		  - job_name: nvidia-gpu-list-exporter
		    static_configs:
		      - targets: ['127.0.0.1:$2']
		  - job_name: kube-state-metrics
		    honor_labels: true
		    static_configs:
		      - targets: ['127.0.0.1:$3']
	END
}

# In blocks of most of a day: promtool reads the text once for each of them. By the
# labels of the scrapes to come, which go on with the same series.
make_past() {
	local text="$run/prometheus/past.txt"

	mkdir "$run/prometheus" &&
		timeout --foreground "$demo_past_limit_s" "$demo_simulator" \
			--demo "$demo_start_s" --past "$demo_past_s" \
			--step "$demo_past_step_s" --labels dcgm --pods \
			--job dcgm-exporter --instance "127.0.0.1:$1" \
			>"$text" &&
		timeout --foreground "$demo_past_limit_s" promtool tsdb \
			create-blocks-from openmetrics --quiet \
			--max-block-duration=24h "$text" "$run/prometheus" &&
		rm "$text"
}

fill_past() {
	local why

	step "Giving Prometheus a past of 24 hours"
	make_past "$1" >"$run/past.log" 2>&1 || {
		rm -rf "$run/prometheus"
		why=$(tail -n 1 "$run/past.log")
		say "    It has no past:" \
			"${why:-it was not ready after $demo_past_limit_s s}"
	}
}

# All exporters, now; a value alone might be one of the past.
scrapes_all() {
	ask "$PROMETHEUS_URL/api/v1/query?query=count(up%3D%3D1)" |
		grep -q '"3"'
}

start_demo() {
	local port_of_gpus port_of_processes port_of_pods port_of_prometheus

	port_of_gpus=$(free_port)
	port_of_processes=$(free_port)
	port_of_pods=$(free_port)
	port_of_prometheus=$(free_port)
	demo_start_s=$(date +%s)
	step "Starting the simulated fleet and Prometheus"
	start_simulators "$port_of_gpus" "$port_of_processes" "$port_of_pods"
	write_prometheus_conf "$port_of_gpus" "$port_of_processes" \
		"$port_of_pods"
	fill_past "$port_of_gpus"
	start prometheus prometheus --config.file="$run/prometheus.yml" \
		--storage.tsdb.path="$run/prometheus" \
		--web.listen-address="127.0.0.1:$port_of_prometheus"
	export PROMETHEUS_URL="http://127.0.0.1:$port_of_prometheus"
	wait_for prometheus scrapes_all
}
