#!/bin/sh
# The programs that dump a database and bring it back, with the libraries they need, out of Debian packages, as a layer upon the base:
#   database-tools.sh postgresql|mariadb ARCHITECTURE LOCK BASE OUT USED
# BASE is what rootfs.sh made; the others are what images/packages.sh calls architecture, lock, out and used.
set -eu

tools=$1
architecture=$2
lock=$3
base=$4
out=$5
used=$6
triplet=$(echo "$architecture" | sed 's/amd64/x86_64/; s/arm64/aarch64/')-linux-gnu
libraries=usr/lib/$triplet
. "$(dirname "$0")/packages.sh"

# Each major dumps servers of its own age and older ones: 15 is that of bookworm, 17 that of trixie, 18 that of sid. All of them speak
# through the newest libpq, which asks for a libc that the base has; what else they need comes from trixie. pg_dumpall runs a shell, and
# what it would be asked for the sidecar asks the server itself.
postgresql() {
  add_suites
  begin 'the layer of PostgreSQL'
  for major in 15 17 18; do
    bin=usr/lib/postgresql/$major/bin
    add "postgresql-client-$major" "$bin/pg_dump" "$bin/pg_restore"
  done
  add libpq5/sid "$libraries/*.so*"
  for package in libcom-err2 libgssapi-krb5-2 libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 libldap2 liblz4-1 libsasl2-2 \
    libssl3t64 libxxhash0 libzstd1 zlib1g; do
    add "$package" "$libraries/*.so*"
  done
}

# A server may ask for a way to prove who one is that is a file of its own: the plugins.
mariadb() {
  begin 'the layer of MariaDB'
  add mariadb-client usr/bin/mariadb-dump
  add mariadb-client-core usr/bin/mariadb
  add libmariadb3 "$libraries/libmariadb3/plugin/*.so"
  for package in libbsd0 libedit2 libmd0 libncurses6 libssl3t64 libtinfo6 libzstd1 zlib1g; do
    add "$package" "$libraries/*.so*"
  done
}

# Tells apt of Debian's suites before and after trixie, on the mirror that it is set to. What trixie has comes from trixie, unless a suite
# is named.
add_suites() {
  apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' | awk '
    function source(suite) { print "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg check-valid-until=no]", $1, suite, "main" }
    $2 ~ /^trixie/ { older = $2; sub("trixie", "bookworm", older); source(older) }
    $2 == "trixie" { source("sid") }' | sort -u >/etc/apt/sources.list.d/suites.list
  printf 'Package: *\nPin: release n=%s*\nPin-Priority: 100\n\n' bookworm sid >/etc/apt/preferences.d/suites
  apt-get update -qq
}

# Adds files of a package, and its copyright: `add PACKAGE[/SUITE] PATTERN…`.
add() {
  take "$1"
  package=${1%/*}
  shift
  cd "$work/$package/content"
  copyright=usr/share/doc/$package
  # a link to that of another package of the same source
  [ -L "$copyright" ] || copyright=$copyright/copyright
  # unquoted, the patterns become files
  cp -a --parents $* "$copyright" "$out"
}

# Removes the libraries that neither a program nor a plugin needs, itself or through others.
remove_what_nothing_loads() {
  : >"$work/needed"
  find "$out" -type f \( -perm /111 ! -name '*.so*' ! -name sh -o -path '*/plugin/*' \) >"$work/roots"
  while read -r file; do follow "$file"; done <"$work/roots"
  find "$out/$libraries" -maxdepth 1 -name '*.so*' | while read -r file; do
    grep -qxF "${file##*/}" "$work/needed" || rm "$file"
  done
}

# Notes what a program or a library loads, and what that loads. Fails where that is neither here nor in the base.
follow() {
  "$triplet-readelf" --dynamic "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | while read -r name; do
    if grep -qxF "$name" "$work/needed"; then continue; fi
    if [ -e "$out/$libraries/$name" ]; then
      printf '%s\n' "$name" "$(basename "$(realpath "$out/$libraries/$name")")" >>"$work/needed"
      follow "$out/$libraries/$name"
    elif ! [ -e "$base/$libraries/$name" ]; then
      echo "database-tools: $1 needs $name, and no package brings it" >&2
      exit 1
    fi
  done
}

"$tools"
remove_what_nothing_loads
finish
