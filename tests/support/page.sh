#!/bin/sh
# Puts the page where a web server is to serve it from, as make install does, readable
# for whomever the server runs as.
#
# usage: tests/support/page.sh SOURCES VERSION DESTINATION
set -eu

sources=$1
version=$2
destination=$3

umask 022
mkdir -p "$destination/$version"
cp "$sources"/src/page/*.js "$sources"/src/page/*.css "$sources"/src/page/*.svg \
	"$destination/$version"
ln -s /usr/share/javascript/dygraphs/dygraph.min.js "$destination/$version"
sh "$sources/src/page/fill_in" "$version" "$sources/src/page" \
	>"$destination/index.html"
chmod -R u=rwX,go=rX "$destination"
