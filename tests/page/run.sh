#!/usr/bin/env bash
# Runs a step of page.mjs, with what it needs from npm, which is installed once for
# each build directory.
#
# usage: tests/page/run.sh BUILD STEP [URL]
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
build=$1
tools="$build/page-tools"
shift
# shellcheck source=tests/support/npm.sh
. "$root/tests/support/npm.sh"

npm_tools page || exit 1
# Packages are found from the directory that they are in.
rm -rf "$tools/tests" "$tools/src"
mkdir -p "$tools/tests" "$tools/src"
cp "$root"/tests/page/{*.mjs,picture.json} "$tools/tests"
cp -r "$root/src/page" "$tools/src"
cp "$root/.prettierrc.json" "$tools"
cd "$tools"
exec node tests/page.mjs "$@"
