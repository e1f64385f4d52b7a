#!/bin/sh
# A map of a synthetic scene of 3,000 × 2,000 pixels with known classes, and the memory of one of 10,980 × 10,980.
#
#   scripts/study/map.sh [FOLDER]
#
# It checks that windows have the bits of `test` on the same patches, georeference, colours and names (gdalinfo), that two
# ranks, a map that was killed and one that was stopped give the same files (gdalcompare.py and cmp), and renders the maps as
# PNG. Needs a release build, gdal-bin, python3-gdal, mpirun, and Python with numpy and rasterio (PYTHON=python3). About 5
# minutes on two cores, of which the trainings take three.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
fusionctl=${FUSIONCTL:-$here/.build/release/fusionctl}
python=${PYTHON:-python3}
out=${1:-$(mktemp -d)}
mkdir -p "$out"
cd "$out"
export COLUMNS=80
say() { printf '\n== %s\n' "$1"; }

say "Data: scenes of 12 × 12 patches of 256 pixels, the last one the scene of the map; networks of one and of several labels"
[ -d data ] || "$fusionctl" synth --out data --size 256 --scenes 4 --patches-per-scene 96 --seed 3 --quiet
for labels in single multi; do
  [ -d "$labels" ] || "$fusionctl" train --config demo/early --out "$labels" --data data --labels data/labels_splits \
    --set model.architecture=resnet18 "labels.type=$labels" data.patch_size=128 --epochs 6 --batch-size 16 --quiet
done
"$python" "$here/scripts/study/map.py" scene data

say "Windows side by side: each is a patch of the test split"
# data.patch_size is the crop of the training. Patches of that size are cut from the scene, and test evaluates them.
"$python" "$here/scripts/study/map.py" cut
for labels in single multi; do
  "$fusionctl" test "$labels" --data cut --labels cut/labels_splits --predictions "$labels.csv" --wide --force --quiet >/dev/null
  "$fusionctl" predict "$labels" --image s2=s2.tif --image s1=s1.tif --stride 128 --probabilities --out "side-$labels.tif" \
    --force --quiet >/dev/null
done
"$python" "$here/scripts/study/map.py" compare

say "Maps with overlap, one pixel a stride and one pixel a pixel"
images="--image s2=s2.tif --image s1=s1.tif"
"$fusionctl" predict single $images --out map.tif --force
"$fusionctl" predict single $images --out full.tif --full-resolution --force --quiet
"$fusionctl" predict multi $images --out multi.tif --force --quiet >/dev/null
gdalinfo map.tif | grep -E "^(Origin|Pixel Size|Size)|ID\[\"EPSG\"|LAYOUT|NoData| [0-9]+: [A-Za-z]" | tail -22
gdalinfo full.tif | grep -E "Overviews|^Size|LAYOUT"
for map in map full; do gdal_translate -q -of PNG -expand rgba "$map.tif" "$map.png"; done
"$python" "$here/scripts/study/map.py" colours map.tif
"$python" "$here/scripts/study/map.py" truth full.tif

say "Two ranks: the same files"
OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun --bind-to none --oversubscribe -n 2 \
  "$fusionctl" predict single $images --out ranks.tif --force --quiet --oversubscribe --threads 1 >/dev/null
cmp map.tif ranks.tif && cmp map.confidence.tif ranks.confidence.tif && echo "two ranks: equal bytes"

say "Killed and stopped, three times each, and resumed: the same files"
rm -rf broken.tif broken.confidence.tif broken.tif.partial
results() { stat -c %s broken.tif.partial/units 2>/dev/null || echo 0; }
for signal in KILL TERM KILL TERM KILL TERM; do
  before=$(results)
  "$fusionctl" predict single $images --out broken.tif --quiet >/dev/null 2>&1 &
  process=$!
  while [ "$(results)" -le "$before" ] && kill -0 "$process" 2>/dev/null; do sleep 0.05; done
  kill -"$signal" "$process" 2>/dev/null || true
  wait "$process" && status=0 || status=$?
  echo "$signal: status $status, $(results) bytes of results"
  [ "$status" -eq 137 ] || [ "$status" -eq 75 ] || { echo "the map ended before the signal" >&2; exit 1; }
done
"$fusionctl" predict single $images --out broken.tif --quiet >/dev/null
cmp map.tif broken.tif && cmp map.confidence.tif broken.confidence.tif && echo "interrupted and resumed: equal bytes"
gdalcompare.py map.tif broken.tif

say "A scene of 10,980 × 10,980 pixels: peak memory"
"$python" "$here/scripts/study/map.py" large
for options in "" --full-resolution; do
  "$python" "$here/scripts/study/map.py" peak "$fusionctl" predict single --image s2=large-s2.vrt --image s1=large-s1.vrt \
    --out large.tif --stride 128 --force --quiet $options
done
gdalinfo large.tif | grep -E "^Size|Overviews"
