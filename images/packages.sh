# Takes Debian packages apart for a file system without a package manager. Sourced, with these set:
#   architecture  Debian's name for the target's
#   lock          a file with a version for each package; where the mirror has that version no longer, or the file has no line for
#                 the package, or PACKAGES_LOCK is "off", the newest one is taken and a notice says so
#   out           the folder that becomes the file system, or a layer of it
#   used          becomes the lock of what was taken

work=$(mktemp -d)
package_records=$out/var/lib/dpkg/status.d

# Begins the lock of what is taken: `begin OF_WHAT`.
begin() {
  mkdir -p "$package_records"
  echo "# Debian packages of $1, written by: npm run images -- --update-lock" >"$used"
}

# Downloads a package, in its locked version where that can be had, records it, and unpacks it into $work/PACKAGE/content:
# `take PACKAGE[/SUITE]`.
take() {
  package=${1%/*}
  case $1 in */*) suite=/${1#*/} ;; *) suite= ;; esac
  mkdir "$work/$package"
  cd "$work/$package"
  version=
  if [ "${PACKAGES_LOCK-on}" != off ]; then version=$(awk -v package="$package" '$1 == package { print $2 }' "$lock"); fi
  if [ -z "$version" ]; then
    echo "packages: NOTICE: no version of $package is locked; taking the newest" >&2
  elif ! fetch "$package" "=$version"; then
    echo "packages: NOTICE: $package $version is gone from the mirror; taking the newest (npm run images -- --update-lock)" >&2
    version=
  fi
  [ -n "$version" ] || fetch "$package" "$suite"
  echo "$package $(dpkg-deb --field ./*.deb Version)" >>"$used"
  record_for_scanners "$package" ./*.deb
  dpkg-deb --extract ./*.deb content
}

# Of the packages for all architectures apt knows no :arm64, and finds them by their plain name alone.
fetch() {
  apt-get download -qq "$1:$architecture$2" 2>apt.log || apt-get download -qq "$1$2" 2>>apt.log || return 1
  case $(dpkg-deb --field ./*.deb Architecture) in
    all | "$architecture") ;;
    *) echo "packages: $1 is not to be had for $architecture:" >&2; cat apt.log >&2; exit 1 ;;
  esac
}

# Scanners read these where there is no dpkg database: https://github.com/GoogleContainerTools/distroless
record_for_scanners() {
  dpkg-deb --field "$2" >"$package_records/$1"
  if dpkg-deb --ctrl-tarfile "$2" | tar -x -C "$work" ./md5sums 2>/dev/null; then
    mv "$work/md5sums" "$package_records/$1.md5sums"
  fi
}

# Ends with records of what is there alone, and with all times at 0, so that two builds are equal.
finish() {
  for sums in "$package_records"/*.md5sums; do
    while read -r sum path; do
      if [ -e "$out/$path" ]; then echo "$sum  $path"; fi
    done <"$sums" >"$work/sums"
    cat "$work/sums" >"$sums"
  done
  find "$out" -exec touch --no-dereference --date=@0 {} +
}
