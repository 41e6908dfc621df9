#!/bin/sh
# The file system of the base image, out of Debian packages and without a package manager:
#   rootfs.sh ARCHITECTURE LOCK OUT USED
# These are what images/packages.sh calls architecture, lock, out and used.
set -eu

architecture=$1
lock=$2
out=$3
used=$4
packages='base-files ca-certificates gcc-14-base libatomic1 libc6 libgcc-s1 libstdc++6 netbase tzdata'
. "$(dirname "$0")/packages.sh"

main() {
  begin 'the base image'
  make_merged_usr
  for package in $packages; do
    take "$package"
    copy "$package"
  done
  remove_what_nothing_reads
  write_configuration
  finish
}

make_merged_usr() {
  for directory in bin lib lib64 sbin; do
    mkdir -p "$out/usr/$directory"
    ln -s "usr/$directory" "$out/$directory"
  done
}

copy() {
  content=$work/$1/content
  case $1 in
    base-files)
      mkdir -p "$out/etc" "$out/usr/share"
      cp "$content/etc/debian_version" "$out/etc/"
      cp -a "$content/usr/share/common-licenses" "$out/usr/share/"
      ;;
    ca-certificates)
      mkdir -p "$out/etc/ssl/certs"
      find "$content/usr/share/ca-certificates" -name '*.crt' | LC_ALL=C sort | xargs cat >"$out/etc/ssl/certs/ca-certificates.crt"
      ;;
    *)
      cp -a "$content/." "$out/"
      ;;
  esac
  # what was not copied whole still keeps its copyright
  mkdir -p "$out/usr/share/doc"
  cp -a "$content/usr/share/doc/." "$out/usr/share/doc/"
}

remove_what_nothing_reads() {
  rm -rf "$out"/usr/bin/* "$out"/usr/sbin/* "$out"/usr/lib/*/gconv "$out/etc/ld.so.conf.d"
  for directory in bug gcc gdb lintian locale man; do
    rm -rf "$out/usr/share/$directory"
  done
  rm -rf "$out"/usr/share/doc/*/examples
  find "$out/usr/share/doc" -type f ! -name copyright -delete
  find "$out/usr/share/doc" -xtype l -delete
  find "$out/usr/share/doc" -mindepth 1 -type d -empty -delete
}

write_configuration() {
  mkdir -p "$out/etc" "$out/root" "$out/home/nonroot" "$out/tmp"
  cat >"$out/etc/passwd" <<PASSWD
root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
PASSWD
  cat >"$out/etc/group" <<GROUP
root:x:0:
tty:x:5:
staff:x:50:
nobody:x:65534:
nonroot:x:65532:
GROUP
  echo 'hosts: files dns' >"$out/etc/nsswitch.conf"
  cat >"$out/usr/lib/os-release" <<RELEASE
PRETTY_NAME="Sidekick, on Debian GNU/Linux 13 (trixie)"
NAME="Debian GNU/Linux"
ID=debian
VERSION_ID="13"
VERSION="13 (trixie)"
VERSION_CODENAME=trixie
RELEASE
  ln -sf ../usr/lib/os-release "$out/etc/os-release"
  chmod 1777 "$out/tmp"
  chmod 700 "$out/root" "$out/home/nonroot"
  chown 65532:65532 "$out/home/nonroot"
}

main
