# shellcheck shell=bash
# For test scripts: what they need from npm. To be sourced, with root and build set
# to the sources and the build directory.

npm_limit_s=300

# npm_install NAME [COMMAND...]: as npm_tools, whatever is there.
npm_install() {
	local wanted="${root:?}/tests/$1" tools="${build:?}/$1-tools"
	shift

	rm -rf "$tools"
	mkdir -p "$tools"
	cp "$wanted"/{package.json,package-lock.json,.npmrc} "$tools" || return 1
	(cd "$tools" && timeout "$npm_limit_s" npm ci) || return 1
	"${@:-true}" || return 1
	cp "$wanted/package-lock.json" "$tools/done"
}

# npm_tools NAME [COMMAND...]: the packages of tests/NAME are in NAME-tools of the
# build directory, once for each list of them; the command then unpacks what is in
# them. Says why not, and fails. Whoever comes second waits for the first.
npm_tools() {
	local log="${build:?}/$1-tools.log"

	exec 7>"$build/$1-tools.lock"
	flock -w "$((npm_limit_s + 60))" 7 || return 1
	cmp -s "${root:?}/tests/$1/package-lock.json" "$build/$1-tools/done" ||
		npm_install "$@" >"$log" 2>&1 || {
		tail -n 10 "$log"
		return 1
	}
	exec 7>&-
}
