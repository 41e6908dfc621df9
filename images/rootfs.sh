#!/bin/sh
# The file system of the base image, out of Debian packages and without a package manager:
#   rootfs.sh ARCHITECTURE LOCK OUT USED
# ARCHITECTURE is Debian's name for the target's. LOCK names a version for each package; where the mirror has that version
# no longer, or LOCK has no line for the package, the newest one is taken and a notice says so. OUT becomes the file system,
# with all times at 0 so that two builds are equal, and USED the lock of what was taken.
set -eu

architecture=$1
lock=$2
out=$3
used=$4
packages='base-files ca-certificates gcc-14-base libatomic1 libc6 libgcc-s1 libstdc++6 netbase tzdata'
work=$(mktemp -d)

main() {
  mkdir -p "$out/var/lib/dpkg/status.d"
  make_merged_usr
  echo '# Debian packages of the base image, written by: npm run images -- --update-lock' >"$used"
  for package in $packages; do
    deb=$(download "$package")
    echo "$package $(dpkg-deb --field "$deb" Version)" >>"$used"
    record_for_scanners "$package" "$deb"
    unpack "$package" "$deb"
  done
  remove_what_nothing_reads
  write_configuration
  find "$out" -exec touch --no-dereference --date=@0 {} +
}

make_merged_usr() {
  for directory in bin lib lib64 sbin; do
    mkdir -p "$out/usr/$directory"
    ln -s "usr/$directory" "$out/$directory"
  done
}

# Downloads a package, in its locked version where that can be had, and prints the name of the file.
download() {
  mkdir "$work/$1"
  cd "$work/$1"
  version=$(awk -v package="$1" '$1 == package { print $2 }' "$lock")
  if [ -z "$version" ]; then
    echo "rootfs: NOTICE: no version of $1 is locked; taking the newest" >&2
  elif ! fetch "$1" "=$version"; then
    echo "rootfs: NOTICE: $1 $version is gone from the mirror; taking the newest (npm run images -- --update-lock)" >&2
    version=
  fi
  [ -n "$version" ] || fetch "$1" ''
  echo "$work/$1/"*.deb
}

# Of the packages for all architectures apt knows no :arm64, and finds them by their plain name alone.
fetch() {
  apt-get download -qq "$1:$architecture$2" 2>apt.log || apt-get download -qq "$1$2" 2>>apt.log || return 1
  case $(dpkg-deb --field ./*.deb Architecture) in
    all | "$architecture") ;;
    *) echo "rootfs: $1 is not to be had for $architecture:" >&2; cat apt.log >&2; exit 1 ;;
  esac
}

# Scanners read these where there is no dpkg database: https://github.com/GoogleContainerTools/distroless
record_for_scanners() {
  dpkg-deb --field "$2" >"$out/var/lib/dpkg/status.d/$1"
  if dpkg-deb --ctrl-tarfile "$2" | tar -x -C "$work" ./md5sums 2>/dev/null; then
    mv "$work/md5sums" "$out/var/lib/dpkg/status.d/$1.md5sums"
  fi
}

unpack() {
  content=$work/$1/content
  dpkg-deb --extract "$2" "$content"
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
