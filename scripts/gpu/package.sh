#!/usr/bin/env bash
# Builds gpucheck so that it needs nothing but the C library, and packs it with check.sh into one archive.
#
#   scripts/gpu/package.sh [FOLDER]       the archive's folder, .build/gpucheck by default
#
# The archive is for machines with a GPU and without Swift: unpack it there and run ./check.sh. Their C library must be as
# new as this machine's. Swift's libraries, OpenBLAS and the C++ library are linked statically; NVIDIA's are loaded there.
# The script refuses a program that needs other libraries, or is 40 MB or larger.
set -euo pipefail

case ${1-} in
  -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p;}' "$0"; exit 0 ;;
  -*) echo "package: '$1' is unknown; see $0 --help" >&2; exit 64 ;;
esac
cd "$(dirname "$0")/../.."
scratch=$PWD/.build/gpucheck
folder=${1:-$scratch}
mkdir -p "$folder" "$scratch/static"
folder=$(cd "$folder" && pwd)

# The linker takes a library from the first folder that has it in any form. This one has archives alone.
static=$scratch/static
cc=${CC:-cc}
for library in libstdc++.a libgfortran.a libquadmath.a; do
  place=$($cc -print-file-name=$library)
  [ "$place" = $library ] || ln -sf "$place" "$static/$library"
done
libraries=$(pkg-config --variable=libdir openblas)
[ -e "$libraries/libopenblas.a" ] || {
  echo "package: $libraries has no libopenblas.a; install OpenBLAS with its static library (libopenblas-dev)" >&2
  exit 1
}
ln -sf "$libraries/libopenblas.a" "$static/libopenblas.a"
cat >"$static/openblas.pc" <<PC
Name: openblas
Description: OpenBLAS as an archive
Version: $(pkg-config --modversion openblas)
Cflags: $(pkg-config --cflags openblas)
Libs: -L$static -lopenblas -lm -lpthread
PC

build=(-c release --product gpucheck --static-swift-stdlib --disable-default-traits --scratch-path "$scratch")
build+=(-Xlinker -s -Xlinker --gc-sections -Xswiftc -Xclang-linker -Xswiftc -static-libgcc)
# OpenBLAS has each kernel once for every kind of processor, often in the same instructions. LLD keeps one of equal functions.
build+=(-Xswiftc -use-ld=lld -Xlinker --icf=all -Xlinker -z -Xlinker nostart-stop-gc)
PKG_CONFIG_PATH=$static${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH} swift build "${build[@]}" >&2
program=$(swift build "${build[@]}" --show-bin-path)/gpucheck

foreign=$(ldd "$program" | awk '{ print $1 }' | grep -Ev '^(linux-vdso|libc|libm|libdl|libpthread|librt)\.so|ld-linux' || true)
[ -z "$foreign" ] || { echo "package: $program needs $(echo $foreign), which another machine may not have" >&2; exit 1; }
bytes=$(stat -c %s "$program")
[ "$bytes" -lt 40000000 ] || { echo "package: $program has $bytes bytes, expected less than 40 MB" >&2; exit 1; }

name=gpucheck-$(uname -m)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir "$stage/$name"
cp "$program" scripts/gpu/check.sh scripts/gpu/peer.py "$stage/$name"
tar -C "$stage" -czf "$folder/$name.tar.gz" "$name"
echo "package: $folder/$name.tar.gz, program of $bytes bytes, needs $(ldd "$program" | awk '{ print $1 }' | xargs)" >&2
echo "$folder/$name.tar.gz"
