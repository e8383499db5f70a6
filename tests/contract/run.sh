#!/usr/bin/env bash
# Runs a step of contract.mjs, with what it needs from npm, which is installed once
# for each build directory.
#
# usage: tests/contract/run.sh BUILD STEP URL
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
build=$1
tools="$build/contract-tools"
limit_s=300
shift

install() {
	rm -rf "$tools"
	mkdir -p "$tools"
	cp "$root"/tests/contract/{package.json,package-lock.json,.npmrc} "$tools"
	(cd "$tools" && timeout "$limit_s" npm ci)
	cp "$root/tests/contract/package-lock.json" "$tools/done"
}

# Whoever comes second waits for the first.
exec 7>"$build/contract-tools.lock"
flock -w "$((limit_s + 60))" 7
cmp -s "$root/tests/contract/package-lock.json" "$tools/done" ||
	install >"$build/contract-tools.log" 2>&1 || {
	tail -n 10 "$build/contract-tools.log"
	exit 1
}
exec 7>&-
# Packages are found from the directory that they are in.
cp -r "$root"/tests/contract/{contract.mjs,client.ts} "$root/deploy/grafana" "$tools"
cd "$tools"
export ROOT=$root
exec node contract.mjs "$@"
