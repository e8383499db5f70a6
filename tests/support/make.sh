# shellcheck shell=bash
# For tests of what make installs, of the build in $build. To be sourced.

# make_it TARGET [VARIABLE=VALUE...]: by a make that knows nothing of the one that
# runs the test.
make_it() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "${build:?}" "$@" 2>&1
}

# directory NAME: bindir, for example, as configure was told; nothing for one that
# it was told --with-NAME=no.
directory() {
	make_it "print-$1"
}
