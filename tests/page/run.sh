#!/usr/bin/env bash
# Runs a step of page.mjs, with what it needs from npm, which is installed once for
# each build directory.
#
# usage: tests/page/run.sh BUILD STEP [URL]
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
build=$1
tools="$build/page-tools"
limit_s=300
shift

install() {
	rm -rf "$tools"
	mkdir -p "$tools"
	cp "$root"/tests/page/{package.json,package-lock.json,.npmrc} "$tools"
	(cd "$tools" && timeout "$limit_s" npm ci)
	cp "$root/tests/page/package-lock.json" "$tools/done"
}

# Whoever comes second waits for the first.
exec 7>"$build/page-tools.lock"
flock -w "$((limit_s + 60))" 7
cmp -s "$root/tests/page/package-lock.json" "$tools/done" ||
	install >"$build/page-tools.log" 2>&1 || {
	tail -n 10 "$build/page-tools.log"
	exit 1
}
exec 7>&-
# Packages are found from the directory that they are in.
rm -rf "$tools/tests" "$tools/src"
mkdir -p "$tools/tests" "$tools/src"
cp "$root"/tests/page/{*.mjs,picture.json} "$tools/tests"
cp -r "$root/src/page" "$tools/src"
cd "$tools"
exec node tests/page.mjs "$@"
