#!/usr/bin/env bash
# Kills a training several times and lets it go on, and reads its event files with TensorBoard's readers each time.
#
#   scripts/study/event_files.sh [KILLS] [FOLDER]
#
# KILLS (default: 5) is the number of kills. FOLDER (default: event-files) gets data and runs. Needs a built fusionctl and
# python3 with the package tensorboard (FUSIONCTL_PYTHON names another interpreter). With chromium, FOLDER/pages gets
# pictures of TensorBoard's pages.
set -euo pipefail
cd "$(dirname "$0")/../.."

kills=${1:-5}
folder=$(realpath -m "${2:-event-files}")
python=${FUSIONCTL_PYTHON:-python3}
fusionctl=${FUSIONCTL:-$(swift build -c release --show-bin-path)/fusionctl}
[ -x "$fusionctl" ] || { echo "event_files: build first: swift build -c release --product fusionctl" >&2; exit 1; }
"$python" -c 'import tensorboard' || { echo "event_files: $python has no package tensorboard" >&2; exit 1; }
[ ! -e "$folder" ] || { echo "event_files: $folder is there already" >&2; exit 1; }
mkdir -p "$folder/runs"

"$fusionctl" synth --out "$folder/data" --size 64 --scenes 12 --patches-per-scene 6 --quiet
# A checkpoint every three seconds within an epoch, and after every third epoch.
train=("$fusionctl" train --config configs/demo/middle.yaml --data "$folder/data" --labels "$folder/data/labels_splits"
  --set model.architecture=resnet18 --set training.batch_size=4 --set data.workers=1
  --set training.checkpoint_every_epochs=3 --set training.checkpoint_every_minutes=0.05 --quiet)

# Six epochs of one network, and of one that is trained on single labels.
"${train[@]}" --out "$folder/runs/straight" --epochs 6
"${train[@]}" --out "$folder/runs/single" --epochs 6 --set labels.type=single

for kill in $(seq "$kills"); do
  "${train[@]}" --out "$folder/runs/killed" --epochs 1000 --resume &
  pid=$!
  sleep "$((RANDOM % 4 + 3)).$((RANDOM % 10))"
  kill -KILL "$pid" 2>/dev/null || true
  wait "$pid" || true
  "$python" scripts/study/event_files.py read "$folder/runs/killed/tensorboard" >"$folder/tags-$kill"
  echo "kill $kill: $(wc -l <"$folder/tags-$kill") tags, newest step $(cut -f 2 "$folder/tags-$kill" | tr ' ' '\n' | sort -n | tail -n 1)"
done
epochs=$(($(cut -f 2 "$folder/tags-$kills" | tr ' ' '\n' | sort -n | tail -n 1) / 12 + 2))
"${train[@]}" --out "$folder/runs/killed" --epochs "$epochs" --resume
"$python" scripts/study/event_files.py read "$folder/runs/killed/tensorboard" >"$folder/tags"
for before in "$folder"/tags-*; do
  # Every tag of before is still there.
  [ -z "$(comm -23 <(cut -f 1 "$before" | sort) <(cut -f 1 "$folder/tags" | sort))" ]
done
steps=$(grep '^loss/train	' "$folder/tags" | cut -f 2)
[ "$steps" = "$(seq -s ' ' "$(wc -w <<<"$steps")")" ]
echo "at the end: $(wc -l <"$folder/tags") tags, steps 1 to $(wc -w <<<"$steps") of loss/train, none twice"

pages=()
if command -v chromium >/dev/null; then pages=("$folder/pages"); fi
"$python" scripts/study/event_files.py serve "$folder/runs" "${pages[@]}"
