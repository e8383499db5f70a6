#!/usr/bin/env bash
# The chart and the sidecar patch without a cluster: linted, rendered by both
# Helms over several sets of values, and checked against Kubernetes' schemas.
set -u

root=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
build=$(cd "${top_builddir:-.}" && pwd)
here="$build/helm-test"
chart="$root/deploy/helm/gpu-monitoring-api"
lint="$root/tests/kubernetes/yamllint.yaml"
operator=(--api-versions monitoring.coreos.com/v1)
# shellcheck source=tests/support/tap.sh
. "$root/tests/support/tap.sh"
# shellcheck source=tests/support/expect.sh
. "$root/tests/support/expect.sh"
# shellcheck source=tests/support/kubernetes.sh
. "$root/tests/support/kubernetes.sh"

# --- helpers -------------------------------------------------------------------

render() {
	helm4 template test "$chart" "${operator[@]}" "$@"
}

# says WORDS COMMAND...: that it fails, and these are among what it prints.
says() {
	local expected=$1 words

	shift
	if words=$("$@" 2>&1); then
		echo "$* does not fail"
		return 1
	fi
	grep -qF -- "$expected" <<<"$words" && return
	printf 'expected:\n%s\ngot:\n%s\n' "$expected" "$words"
	return 1
}

# --- rendering -----------------------------------------------------------------

renders_well() {
	local values=$1 name

	name=$(basename "$values" .yaml)
	render -f "$values" >"$here/$name.yaml" &&
		helm3 template test "$chart" "${operator[@]}" -f "$values" \
			>"$here/helm3.yaml" &&
		diff "$here/helm3.yaml" "$here/$name.yaml" &&
		manifests "$here/$name.yaml" &&
		yamllint -s -c "$lint" "$here/$name.yaml"
}

lints() {
	"$1" lint --strict "$chart"
}

sources_are_tidy() {
	yamllint -s -c "$lint" "$chart/Chart.yaml" "$chart/values.yaml" \
		"$root/deploy/kubernetes" "$root"/tests/kubernetes/{values,web}
}

# --- the checker itself --------------------------------------------------------

# finds WORDS SED_SCRIPT: what is broken by it in what is right otherwise.
finds() {
	sed "$2" "$here/default.yaml" >"$here/broken.yaml"
	if cmp -s "$here/default.yaml" "$here/broken.yaml"; then
		echo "nothing is broken by $2"
		return 1
	fi
	says "$1" manifests "$here/broken.yaml"
}

check_the_checker() {
	local name words script

	while IFS='|' read -r name words script; do
		check "the checker finds $name" finds "$words" "$script"
	done <<-'END'
		a misspelt field|initContainers/0/livenessProbe/periodSecond: unknown field|/livenessProbe/,$s/periodSeconds/periodSecond/
		one in a list's object|volumeMounts/0/mountpath: unknown field|s/mountPath:/mountPath: x\n              mountpath:/
		a wrong type|/spec/replicas: must be integer|s/replicas: 2/replicas: two/
		a wrong quantity|/resources/limits/memory: must match format|s/memory: 256Mi/memory: 256 MB/
		a wrong word|/imagePullPolicy: must be equal to one of|s/IfNotPresent/Sometimes/
		what is missing|/spec: must have required property selector|/^kind: Deployment/,/template:/{/selector:/,/instance: test/d}
		an unknown kind|there is no kind "Deploymint"|s/kind: Deployment/kind: Deploymint/
		a boolean that was to be text|/value: must be string|s/value: "100663296"/value: on/
		a volume that is not there|there is no volume "socket"|s/- name: socket$/- name: sockets/;0,/sockets/s//socket/
		labels that nobody has|selects no pod|/kind: Service$/,/ports:/s/instance: test/instance: other/
		a port that nobody has|no container has the port "web"|s/targetPort: http/targetPort: web/
		a capability|restricted: capabilities|0,/- ALL/s//- CHOWN/
		a root that can be written|nginx: restricted: readOnlyRootFilesystem|s/readOnlyRootFilesystem: true/readOnlyRootFilesystem: false/
		a field that comes twice|Map keys must be unique|s/replicas: 2/replicas: 2\n  replicas: 2/
	END
}

# --- values --------------------------------------------------------------------

check_refusals() {
	local words arguments

	while IFS='|' read -r words arguments; do
		# shellcheck disable=SC2086 # the arguments are several
		check "helm refuses $arguments" \
			says "$words" helm4 template test "$chart" $arguments
	done <<-'END'
		additional properties 'replica' not allowed|--set replica=3
		additional properties 'LOG_LEVL' not allowed|--set settings.LOG_LEVL=info
		additional properties 'PORT' not allowed|--set settings.PORT=80
		'/settings/LOG_LEVEL': value must be one of 'debug', 'info', 'warn', 'error'|--set settings.LOG_LEVEL=loud
		'/settings/PROMETHEUS_URL': 'prometheus:9090' does not match pattern|--set settings.PROMETHEUS_URL=prometheus:9090
		'/replicas': got string, want integer|--set replicas=two
		'/nginx/port': minimum: got 80, want 1,024|--set nginx.port=80
		'/cors/origins/0': 'example.com' does not match|--set cors.origins={example.com}
		'/metrics/allow/0': 'all' does not match|--set metrics.allow={all}
		'/profiles/add': additional properties '../x.json' not allowed|--set profiles.add.\.\./x\.json=a
		set nativeSidecar=false|--kube-version 1.28.0
		serviceMonitor.enabled needs metrics.allow|--set serviceMonitor.enabled=true
		--api-versions monitoring.coreos.com/v1|--set serviceMonitor.enabled=true --set metrics.allow={10.0.0.0/8}
		there can be one token|--set credentials.token.secret=a --set credentials.serviceAccountToken.enabled=true
		credentials.ca.configMap are both set|--set credentials.ca.secret=a --set credentials.ca.configMap=b
		no settings.PROMETHEUS_USER|--set credentials.password.secret=a
		settings.PROMETHEUS_TOKEN_FILE is set, and another value|--set credentials.token.secret=a --set settings.PROMETHEUS_TOKEN_FILE=/b
		profiles.add and profiles.configMap are both set|--set profiles.configMap=a --set profiles.add.b\.json=c
		ingress.enabled needs ingress.hosts|--set ingress.enabled=true
		may take 40 s to end|--set drainSeconds=20
		settings.REQUEST_TIMEOUT_MS is 10001, but a pod that ends gives its last requests 10 s|--set settings.REQUEST_TIMEOUT_MS=10001
		settings.HEALTH_TIMEOUT_MS is 600000, but|--set-string settings.HEALTH_TIMEOUT_MS=600000
		limits.memory is 203Mi, and settings.MAX_MEMORY_BYTES (100663296) times responder.processes (2) and 12 MiB more is 204Mi: set that|--set responder.resources.limits.memory=203Mi
		limits.memory is 256Mi, and settings.MAX_MEMORY_BYTES (100663296) times responder.processes (3) and 12 MiB more is 300Mi|--set responder.processes=3
		limits.memory is 0.5G, and settings.MAX_MEMORY_BYTES (536870912)|--set responder.resources.limits.memory=0.5G --set-string settings.MAX_MEMORY_BYTES=536870912
		limits.memory is 213909503, and|--set responder.resources.limits.memory=213909503
		podLabels has app.kubernetes.io/name, a label that the chart sets|--set podLabels.app\.kubernetes\.io/name=a
		labels has app.kubernetes.io/instance, a label|--set labels.app\.kubernetes\.io/instance=a
		serviceMonitor.labels has helm.sh/chart, a label|--set serviceMonitor.labels.helm\.sh/chart=a
	END
}

check_acceptances() {
	local arguments

	while read -r arguments; do
		# shellcheck disable=SC2086 # the arguments are several
		check "helm takes $arguments" \
			helm4 template test "$chart" $arguments
	done <<-'END'
		--set settings.REQUEST_TIMEOUT_MS=10000
		--set responder.resources.limits.memory=204Mi
		--set responder.resources.limits.memory=213909504
		--set responder.resources.limits.memory=0.2Gi
		--set responder.resources.limits.memory=2.2e8
		--set responder.resources.limits.memory=213909504000m
		--set responder.resources.limits=null --set responder.processes=64
		--set settings.MAX_MEMORY_BYTES=null --set responder.processes=64
		--set podLabels.app\.kubernetes\.io/part-of=a
	END
}

settings_of_program() {
	"$build/gpu-monitoring-api" --help |
		sed -n 's/^  \([A-Z][A-Z_]*\)\( (.*)\)\{0,1\}$/\1/p' |
		grep -vx PORT | sort
}

settings_of_schema() {
	sed -n '/"settings": {/,/"required"/s/^ *"\([A-Z_]*\)": .*/\1/p' \
		"$chart/values.schema.json" | sort
}

knows_the_settings() {
	[ "$(settings_of_program | wc -l)" -gt 20 ] &&
		is "$(settings_of_program)" settings_of_schema
}

# Each value has a comment above, but what others have under their own names: a
# Kubernetes object's fields.
has_a_sentence_each() {
	awk '/^ *#/ { said = 1; next }
		/^ *(resources|[a-zA-Z]*Probe|[a-zA-Z]*ecurityContext):/ {
			match($0, /^ */); depth = RLENGTH + 1
		}
		/^ *- / { match($0, /^ */); depth = RLENGTH + 1; next }
		/^$/ { next }
		{ match($0, /^ */) }
		depth && RLENGTH >= depth { next }
		RLENGTH < depth && !/:$/ { depth = 0 }
		/^ *[a-zA-Z_]+: / && !said { print "no sentence: " $0; bad = 1 }
		{ said = 0 }
		END { exit bad }' "$chart/values.yaml"
}

has_the_programs_version() {
	local version

	version=$(sed -n 's/^AC_INIT(.*\[\([0-9.]*\)\])$/\1/p' \
		"$root/configure.ac")
	[ -n "$version" ] && is "version: $version
appVersion: $version" grep -iE '^(app)?version:' "$chart/Chart.yaml" &&
		is "$version
$version" sed -n 's/.*image: localhost.*:\([0-9.]*\) .*/\1/p' \
			"$root/deploy/kubernetes/sidecar.yaml" &&
		is "$version
$version" sed -n 's/^podman push .*:\([0-9.]*\)$/\1/p' "$root/deploy/README.md"
}

# --- what is rendered ----------------------------------------------------------

# value SET KIND KEY...
value() {
	local file="$here/$1.yaml"

	shift
	query "$@" <"$file"
}

has_exact_numbers() {
	local env=(Deployment spec template spec initContainers 0 env)

	is 1099511627776 value everything "${env[@]}" MAX_UPSTREAM_BYTES value &&
		is off value everything "${env[@]}" SHARE_ANSWERS value
}

# Both containers.
logs_as_json() {
	local pod=(Deployment spec template spec)

	is json value everything "${pod[@]}" initContainers 0 env LOG_FORMAT \
		value &&
		is json value everything "${pod[@]}" containers nginx env \
			LOG_FORMAT value &&
		is "" value default "${pod[@]}" containers nginx env LOG_FORMAT
}

# mounts SET: what nginx sees besides its own files.
mounts() {
	value "$1" Deployment spec template spec containers nginx volumeMounts |
		grep -o '"mountPath":"/etc/gpu-monitoring-api"'
}

lets_in_whom_the_values_say() {
	is '# Who may ask, from the chart'"'"'s values.
include gpu-monitoring-api/auth-basic.conf;
allow 10.0.0.0/8;' value everything ConfigMap data access.conf &&
		is '# Who may ask, from the chart'"'"'s values.' \
			value default ConfigMap data access.conf &&
		is '"mountPath":"/etc/gpu-monitoring-api"' mounts everything &&
		is "" mounts default
}

starts_the_responder_first() {
	local pod=(Deployment spec template spec)

	is Always value default "${pod[@]}" initContainers responder \
		restartPolicy &&
		is nginx value default "${pod[@]}" containers 0 name &&
		is "" value ordinary-container "${pod[@]}" initContainers &&
		is responder value ordinary-container "${pod[@]}" \
			containers 0 name &&
		is '["/usr/bin/sleep","15"]' value ordinary-container \
			"${pod[@]}" containers 0 lifecycle preStop exec command
}

# No probe asks Prometheus.
asks_nobody_else() {
	local probes

	probes=$(grep -hoE 'path: /.*|SCRIPT_NAME=.*' \
		"$here"/{default,everything,ordinary-container}.yaml | sort -u)
	is 'SCRIPT_NAME=/api/livez
path: /api
path: /api/livez
path: /gpu
path: /metrics
path: /metrics/gpus
path: /nginx-alive' echo "$probes"
}

# Neither its path in the Ingress, nor its part of nginx' configuration.
leaves_the_page_out() {
	local ingress=(--set ingress.enabled=true --set 'ingress.hosts={a.example}')
	local place='mountPath: /etc/nginx/gpu-monitoring-api/page.conf'

	render "${ingress[@]}" >"$here/page.yaml" &&
		grep -q 'path: /gpu$' "$here/page.yaml" &&
		! grep -q "$place" "$here/page.yaml" &&
		render "${ingress[@]}" --set page.enabled=false >"$here/page.yaml" &&
		! grep -q 'path: /gpu$' "$here/page.yaml" &&
		grep -q "$place" "$here/page.yaml" &&
		grep -q '^  page.conf: |' "$here/page.yaml"
}

keeps_users_of_openshift() {
	local pod=(Deployment spec template spec)

	is "" value openshift "${pod[@]}" securityContext fsGroup &&
		is "" value openshift "${pod[@]}" containers nginx \
			securityContext runAsUser &&
		is 10002 value default "${pod[@]}" containers nginx \
			securityContext runAsUser
}

replaces_pods_for_new_configuration() {
	local before after

	before=$(value default Deployment spec template metadata annotations \
		checksum/config)
	after=$(render --set cors.origins='{https://a.example}' |
		query Deployment spec template metadata annotations \
			checksum/config)
	[ -n "$before" ] && [ -n "$after" ] && [ "$before" != "$after" ]
}

# egress URL: the last rule of the NetworkPolicy.
egress() {
	render --set settings.PROMETHEUS_URL="$1" |
		query NetworkPolicy spec egress 1
}

lets_out_to_prometheus_alone() {
	local namespace='{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"monitoring"}}}'

	is "{\"ports\":[{\"port\":9090}],\"to\":[$namespace]}" \
		egress http://prometheus.monitoring.svc:9090 &&
		is "{\"ports\":[{\"port\":80}],\"to\":[$namespace]}" \
			egress http://a.prometheus.monitoring.svc.cluster.local &&
		is '{"ports":[{"port":9090}],"to":[{"ipBlock":{"cidr":"10.1.2.3/32"}}]}' \
			egress http://user:pass@10.1.2.3:9090/path &&
		is '{"ports":[{"port":9090}],"to":[{"ipBlock":{"cidr":"fd00::1/128"}}]}' \
			egress 'http://[fd00::1]:9090' &&
		is '{"ports":[{"port":9090}],"to":[{"podSelector":{}}]}' \
			egress http://prometheus:9090 &&
		is '{"ports":[{"port":443}]}' egress https://prometheus.example.com
}

notes() {
	helm4 install test "$chart" --dry-run=client "$@" |
		sed -n '/^NOTES/,$p'
}

notes_hide_the_password() {
	local notes

	notes=$(notes --set \
		settings.PROMETHEUS_URL=http://user:hunter2@prometheus:9090)
	grep -qF '2 pods ask http://prometheus:9090' <<<"$notes" &&
		! grep -qF hunter2 <<<"$notes"
}

notes_count_the_pods() {
	notes --set replicas=1 | grep -F ': 1 pod asks http'
}

# --- the sidecar ---------------------------------------------------------------

patches_an_nginx() {
	local somebodys

	mkdir -p "$here/web"
	cp "$root"/tests/kubernetes/web/* \
		"$root/deploy/kubernetes/sidecar.yaml" "$here/web"
	kubectl kustomize "$here/web" >"$here/sidecar.yaml" || return 1
	# Somebody's own container need not be "restricted"; ours are.
	somebodys=$(manifests "$here/sidecar.yaml" |
		grep -v 'Deployment web: nginx: restricted: ')
	is "" echo "$somebodys"
}

# As kubectl patch does it, without a cluster.
patches_the_same_by_kubectl() {
	sed '1,/^---$/d' "$here/web/deployment.yaml" >"$here/deployment.yaml"
	kubectl patch --local -f "$here/deployment.yaml" -o yaml \
		--patch-file "$root/deploy/kubernetes/sidecar.yaml" \
		>"$here/patched.yaml" &&
		is "$(query Deployment <"$here/sidecar.yaml")" \
			query Deployment <"$here/patched.yaml"
}

# --------------------------------------------------------------------------------

rm -rf "$here"
mkdir -p "$here"
trap 'rm -rf "$here"' EXIT
if ! kubernetes_tools; then
	echo "Bail out! no Helm; all of it is in $build/kubernetes-tools.log"
	exit 1
fi
check "helm 4 lint --strict" lints helm4
check "helm 3 lint --strict" lints helm3
check "yamllint" sources_are_tidy
for values in "$root"/tests/kubernetes/values/*.yaml; do
	check "values: $(basename "$values" .yaml)" renders_well "$values"
done
check_the_checker
check_refusals
check_acceptances
check "the schema has the program's settings" knows_the_settings
check "each value has a sentence" has_a_sentence_each
check "chart, sidecar and README have the program's version" has_the_programs_version
check "large numbers and switches stay what they are" has_exact_numbers
check "LOG_FORMAT is for both logs" logs_as_json
check "access is as the values say" lets_in_whom_the_values_say
check "the responder comes first" starts_the_responder_first
check "no probe asks Prometheus" asks_nobody_else
check "the page can be left out" leaves_the_page_out
check "the cluster may choose the users" keeps_users_of_openshift
check "new configuration replaces the pods" replaces_pods_for_new_configuration
check "out to Prometheus alone, as its URL says" lets_out_to_prometheus_alone
check "the notes show no password" notes_hide_the_password
check "the notes count the pods" notes_count_the_pods
check "kustomize applies the sidecar" patches_an_nginx
check "so does kubectl patch" patches_the_same_by_kubectl
finish_tests
