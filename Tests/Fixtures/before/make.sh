#!/usr/bin/env bash
# Makes the files beside it anew: runs of a version of the program, with a thin network.
#
#   Tests/Fixtures/before/make.sh COMMIT FOLDER
#
# COMMIT is checked out to FOLDER, which must be new, and its ResNet gets 1 channel where the real one has 64: that is
# the only change. The program then trains once with each fusion, on a synthetic data set of its own.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 2 ] || { echo "usage: Tests/Fixtures/before/make.sh COMMIT FOLDER" >&2; exit 2; }
python=${PYTHON:-python3}
"$python" -c 'import h5py' || { echo "make.sh: $python has no h5py; name one that has it: PYTHON=…" >&2; exit 1; }
work=$(realpath -m "$2")
git -C "$here" worktree add --detach "$work" "$1"
cd "$work"
sed -i 's/channels: 64, window/channels: 1, window/; s/let width = 64 <</let width = 1 <</' \
  Sources/Architectures/ResNet.swift
[ "$(git diff --numstat | cut -f1)" = 2 ] || { echo "make.sh: the two lines of ResNet are not as expected" >&2; exit 1; }
swift build --product fusionctl
program=$work/.build/debug/fusionctl

mkdir made
cd made
"$program" synth --out data --scenes 5 --patches-per-scene 4 --size 32 --seed 3 --quiet

cat >thin.yaml <<'END'
threads: 1
model: {architecture: resnet18}
data: {validation: list, flips: true}
training: {epochs: 3, batch_size: 5, seed: 11}
END

# Name, fusion, sensors; more settings.
train() {
  "$program" train --config thin.yaml --data data --labels data/labels_splits --out "$1" --quiet \
    --set "name=$1" --set "model.fusion=$2" --set "model.sensors=$3" "${@:4}"
}
train s1 none '[s1]' --set data.normalisation=computed
train s2 none '[s2]' --set labels.type=single --set labels.scheme=full --set training.checkpoint_every_minutes=1e-9
train early early '[rgb, s1]' --set training.optimizer=sgd --set training.learning_rate=0.01
train middle middle '[s2, s1]' --set model.fusion_stage=1 --set 'model.fusion_weights=[2, 1]'
train late late '[s2, s1]' --set model.dropout=0.25

# One checkpoint of each: that of s2 in the middle of the third epoch. All files of the middle fusion's run.
for name in s1 early late; do cp "$name/checkpoints/last.h5" "$here/$name.h5"; done
cp s2/checkpoints/previous.h5 "$here/s2.h5"
rm -rf "$here/run"
"$program" test middle --quiet >/dev/null
cp -r middle "$here/run"
rm "$here/run/.lock" "$here/run/checkpoints/previous.h5"
"$python" "$here/expected.py" "$here" >"$here/expected.json"
git -C "$here" worktree remove --force "$work"
