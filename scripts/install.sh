#!/usr/bin/env bash
# Builds fusionctl and installs it: program, man page, completions of bash, zsh and fish, documents, a module file.
#
#   scripts/install.sh [--without-mpi] PREFIX     for instance "$HOME/.local", /opt/fusionctl
#
# Swift's libraries are linked into the program. OpenBLAS, GDAL, HDF5, zstd, zlib and OpenMPI are loaded from the
# folders in which the build found them. Each file is put in place as a whole. The same command again replaces what it
# installed, while running programs go on.
#   --without-mpi   builds without OpenMPI: one process for each run
set -euo pipefail

refuse() {
  local status=$1
  shift
  echo "install: $*" >&2
  exit "$status"
}

without_mpi=
prefix=
while [ $# -gt 0 ]; do
  case $1 in
    --without-mpi) without_mpi=1 ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p;}' "$0"; exit 0 ;;
    -*) refuse 64 "'$1' is unknown; see $0 --help" ;;
    *)
      [ -z "$prefix" ] || refuse 64 "one PREFIX is needed, not '$prefix' and '$1'; see $0 --help"
      prefix=$1
      ;;
  esac
  shift
done
[ -n "$prefix" ] || refuse 64 "a folder to install into is needed: $0 \"\$HOME/.local\""

# Files are made here first, on the file system of the prefix, and moved to their places at the end.
if ! reason=$(mkdir -p "$prefix" 2>&1) || ! reason=$(mktemp -d "$prefix/.fusionctl.XXXXXX" 2>&1); then
  refuse 1 "$prefix cannot be written to (${reason##*: }); give a folder of your own: $0 \"\$HOME/.local\""
fi
stage=$(cd "$reason" && pwd)
trap 'rm -rf "$stage"' EXIT
prefix=$(dirname "$stage")
cd "$(dirname "$0")/.."

scripts/setup.sh ${without_mpi:+--without-mpi}

libraries=(openblas gdal hdf5 libzstd zlib cairo)
build=(-c release --product fusionctl --static-swift-stdlib)
if [ -n "$without_mpi" ]; then
  build+=(--disable-default-traits --scratch-path .build/without-mpi)
else
  libraries+=(ompi-c)
fi
# With these paths the program finds libraries outside the system's folders even if no module is loaded.
for folder in $(pkg-config --libs-only-L "${libraries[@]}" | tr ' ' '\n' | sort -u); do
  build+=(-Xlinker -rpath -Xlinker "${folder#-L}")
done
echo "install: swift build ${build[*]}" >&2
swift build "${build[@]}" >&2 || refuse 1 "the build failed; swift build says why above"
program=$(swift build "${build[@]}" --show-bin-path)/fusionctl
if ! version=$("$program" --version 2>&1); then
  refuse 1 "the program was built, but does not start: $(head -n 1 <<<"$version")"
fi

# put FILE MODE: writes standard input to a file, which is moved into the prefix at the end.
put() {
  mkdir -p "$stage/$(dirname "$1")"
  cat >"$stage/$1"
  chmod "$2" "$stage/$1"
}

# put_output FILE ARGUMENT…: puts the output of the program with these arguments into a file, if there is any.
put_output() {
  local file=$1 text
  shift
  if text=$("$program" "$@" 2>/dev/null) && [ -n "$text" ]; then
    echo "$text" | put "$file" 644
  else
    echo "install: this fusionctl cannot make $file" >&2
  fi
}

module_file() {
  cat <<END
#%Module1.0
## fusionctl $version
proc ModulesHelp { } { puts stderr "fusionctl $version: training on SEN12MS; see fusionctl --help" }
module-whatis "fusionctl $version: trains and tests deep-fusion networks on SEN12MS"
conflict fusionctl
END
  # The libraries of the build may need other libraries, which the modules that are loaded now provide.
  local loaded
  while read -r loaded; do
    case $loaded in '' | fusionctl | fusionctl/*) ;; *) echo "module load {$loaded}" ;; esac
  done < <(tr : '\n' <<<"${LOADEDMODULES:-}")
  echo "prepend-path PATH {$prefix/bin}"
}

put bin/fusionctl 755 <"$program"
put_output share/man/man1/fusionctl.1 --generate-man-page
put_output share/bash-completion/completions/fusionctl --generate-completion-script bash
put_output share/zsh/site-functions/_fusionctl --generate-completion-script zsh
put_output share/fish/vendor_completions.d/fusionctl.fish --generate-completion-script fish
module_file | put share/modulefiles/fusionctl 644
for document in README.md CHANGELOG.md docs/*.md; do put "share/doc/fusionctl/$document" 644 <"$document"; done

# A rename on the same file system replaces an existing file in one step.
mapfile -t files < <(cd "$stage" && find . -type f -printf '%P\n' | sort)
for file in "${files[@]}"; do
  reason=$( { mkdir -p "$prefix/$(dirname "$file")" && mv -fT "$stage/$file" "$prefix/$file"; } 2>&1) ||
    refuse 1 "$prefix/$file cannot be put in place (${reason##*: }); free its place and install again"
done

cat <<END
installed fusionctl $version into $prefix:
$(printf '  %s\n' "${files[@]}")
next:
  export PATH=$prefix/bin:\$PATH
    or: module use $prefix/share/modulefiles && module load fusionctl
  fusionctl doctor                 what on this machine would make a run fail
  srun -N1 fusionctl doctor        the same on a node of the cluster
END
