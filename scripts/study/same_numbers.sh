#!/usr/bin/env bash
# Trains the five configurations of the demo with two programs and says whether the numbers are the same to the last
# digit. It compares every column of `metrics.csv` but the times, and every tensor, statistic and optimizer slot of
# `last.h5` and `best.h5`. AFTER also continues runs of BEFORE for one epoch; BEFORE continues copies for comparison.
#
#   scripts/study/same_numbers.sh BEFORE AFTER [FOLDER]
#
# BEFORE and AFTER are built programs. FOLDER (default: same_numbers) gets data and runs, and must be new. Variables:
# RANKS="1 2" trains on two ranks too. EPOCHS=n trains n epochs instead of the demo's number. EXPERIMENTS="s1 early"
# trains fewer configurations. CONTINUED="late" (default: all of EXPERIMENTS) continues fewer runs. Only runs of one
# rank are continued, so RANKS must contain 1 for that.
# Needs h5ls and h5diff (Debian: hdf5-tools). Exit status: 0 the same, 1 not the same, 2 the comparison failed.
set -euo pipefail
cd "$(dirname "$0")/../.."

[ $# -ge 2 ] || { echo "usage: scripts/study/same_numbers.sh BEFORE AFTER [FOLDER]" >&2; exit 2; }
before=$(realpath "$1")
after=$(realpath "$2")
folder=$(realpath -m "${3:-same_numbers}")
read -ra ranks <<<"${RANKS:-1}"
read -ra experiments <<<"${EXPERIMENTS:-s1 s2 early middle late}"
read -ra continued <<<"${CONTINUED-${experiments[*]}}"
for tool in h5ls h5diff; do
  command -v $tool >/dev/null || { echo "same_numbers: $tool is missing (Debian: hdf5-tools)" >&2; exit 2; }
done
[ ! -e "$folder" ] || { echo "same_numbers: $folder is there already" >&2; exit 2; }
mkdir -p "$folder"

data=$folder/data
"$before" synth --out "$data" --scenes 30 --patches-per-scene 20 --size 32 --seed 1 --quiet

epochs=${EPOCHS:-$(sed -n 's/^ *epochs: //p' configs/demo/s1.yaml)}

# Trains. Arguments: program, run folder, configuration, number of ranks, number of epochs, more flags.
train() {
  local command=("$1" train --config "configs/demo/$3.yaml" --data "$data" --labels "$data/labels_splits" --out "$2"
    --threads $((4 > 2 * $4 ? 2 : 1)) --epochs "$5" "${@:6}" --quiet)
  if [ "$4" -eq 1 ]; then
    "${command[@]}"
  else
    OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun --oversubscribe -n "$4" "${command[@]}"
  fi
}

# Prints the columns of two metrics.csv that differ, without the columns that depend on the clock. Older programs gave
# some columns other names.
columns() {
  awk -F, '
    BEGIN {
      now["overall_accuracy"] = "paper_OA"; now["average_accuracy"] = "paper_AA"
      now["sample_accuracy"] = "jaccard_sample"; now["micro_accuracy"] = "label_accuracy"
    }
    FNR == 1 {
      file++
      for (i = 1; i <= NF; i++) {
        name = $i; part = ""
        if (match(name, /^(val|train)_/)) { part = substr(name, 1, RLENGTH); name = substr(name, RLENGTH + 1) }
        title[i] = part (name in now ? now[name] : name)
        if (file == 1) known[title[i]] = 1
        else if (title[i] in known) shared++
      }
      next
    }
    { for (i = 1; i <= NF; i++) {
        if (title[i] ~ /^(seconds|images_per_second|data_wait_share)$/) continue
        if (file == 1) value[title[i], FNR] = $i
        else if (title[i] in known && value[title[i], FNR] != $i) differs[title[i]] = 1
      }
      rows[file]++ }
    END {
      for (name in differs) print "metrics.csv: " name
      if (rows[1] != rows[2] || rows[1] < 1) print "metrics.csv: rows"
      if (shared < 20) print "metrics.csv: names of columns"
    }' "$1/metrics.csv" "$2/metrics.csv"
}

# Names and shapes of everything in a group of a checkpoint.
names() { h5ls -r "$1/$2" | sort; }

# Says what differs between two runs; prints nothing where they are the same.
differences() {
  columns "$1" "$2"
  local file group
  for file in last best; do
    for group in parameters buffers optimizer progress best; do
      local one=$1/checkpoints/$file.h5 other=$2/checkpoints/$file.h5
      if ! cmp -s <(names "$one" $group) <(names "$other" $group); then
        echo "$file.h5: names or shapes in /$group"
      elif ! h5diff -q "$one" "$other" "/$group" "/$group" >/dev/null 2>&1; then
        echo "$file.h5: numbers in /$group"
      fi
    done
  done
}

status=0
# Compares two runs. Arguments: two run folders, the name of the comparison.
compare() {
  local found tensors
  found=$(differences "$1" "$2")
  tensors=$(h5ls -r "$2/checkpoints/last.h5" | grep -c Dataset)
  if [ -z "$found" ]; then
    echo "same       $3 ($tensors data sets, $(wc -l <"$2/metrics.csv") lines)"
  else
    echo "DIFFERENT  $3: $(echo "$found" | paste -sd ';' | sed 's/;/; /g')"
    status=1
  fi
}

for count in "${ranks[@]}"; do
  for experiment in "${experiments[@]}"; do
    name=$experiment-$count
    train "$before" "$folder/before-$name" "$experiment" "$count" "$epochs"
    train "$after" "$folder/after-$name" "$experiment" "$count" "$epochs"
    compare "$folder/before-$name" "$folder/after-$name" "$experiment, ranks: $count"
  done
done
for experiment in "${continued[@]}"; do
  [ -d "$folder/before-$experiment-1" ] || continue
  cp -r "$folder/before-$experiment-1" "$folder/before-$experiment-continued"
  cp -r "$folder/before-$experiment-1" "$folder/after-$experiment-continued"
  train "$before" "$folder/before-$experiment-continued" "$experiment" 1 $((epochs + 1)) --resume
  train "$after" "$folder/after-$experiment-continued" "$experiment" 1 $((epochs + 1)) --resume
  compare "$folder/before-$experiment-continued" "$folder/after-$experiment-continued" \
    "$experiment, a run of BEFORE continued"
done
exit $status
