#!/usr/bin/env bash
# Runs a step of contract.mjs, with what it needs from npm, which is installed once
# for each build directory.
#
# usage: tests/contract/run.sh BUILD STEP URL
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
build=$1
tools="$build/contract-tools"
shift
# shellcheck source=tests/support/npm.sh
. "$root/tests/support/npm.sh"

npm_tools contract || exit 1
# Packages are found from the directory that they are in.
cp -r "$root"/tests/contract/{contract.mjs,client.ts} "$root/deploy/grafana" "$tools"
cd "$tools"
export ROOT=$root
exec node contract.mjs "$@"
