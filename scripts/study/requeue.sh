#!/usr/bin/env bash
# Requeues trainings by a signal in mid-epoch, many times, on one node and on two. Says how many of them ended with the
# same bits as an undisturbed training.
#
#   scripts/study/requeue.sh [TIMES] [FOLDER]
#
# TIMES (default: 20) is the number of trainings on each number of nodes. FOLDER (default: requeue) gets data, runs and
# logs; the compute nodes must have access to it. Needs a Slurm with two nodes and a built fusionctl. SBATCH_PARTITION
# names the partition, if not the cluster's default. Three trainings run at a time.
set -euo pipefail
cd "$(dirname "$0")/../.."

times=${1:-20}
folder=$(realpath -m "${2:-requeue}")
fusionctl=$(swift build -c release --show-bin-path)/fusionctl
[ -x "$fusionctl" ] || { echo "requeue: build first: swift build -c release --product fusionctl" >&2; exit 1; }
command -v sbatch >/dev/null || { echo "requeue: there is no Slurm here" >&2; exit 1; }
[ ! -e "$folder" ] || { echo "requeue: $folder is there already" >&2; exit 1; }
mkdir -p "$folder"

"$fusionctl" synth --out "$folder/data" --size 32 --scenes 6 --patches-per-scene 8 --quiet
cat >"$folder/experiment.yaml" <<'YAML'
name: requeue
threads: 1
model: {architecture: resnet18, sensors: [s2], dropout: 0.2}
data: {workers: 1, flips: true}
training: {epochs: 12, batch_size: 4, learning_rate: 0.001, seed: 1}
YAML

# Submits a training: number of nodes, name. Prints the job's number.
submit() {
  "$fusionctl" slurm --config "$folder/experiment.yaml" --nodes "$1" --time 30 --cpus-per-task 1 --size 32 \
    --data "$folder/data" --labels "$folder/data/labels_splits" --out "$folder/$2" 2>/dev/null >"$folder/$2.sbatch"
  sbatch --parsable --output="$folder/$2.log" "$folder/$2.sbatch"
}

field() { scontrol show job -o "$1" | tr ' ' '\n' | sed -n "s/^$2=//p"; }

finish() {
  until [[ $(field "$1" JobState) =~ ^(COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL)$ ]]; do sleep 1; done
}

rows() { [ ! -e "$folder/$1/metrics.csv" ] || wc -l <"$folder/$1/metrics.csv"; }

# The weights and the metrics of a training, without the columns that depend on the clock.
outcome() {
  "$fusionctl" export --checkpoint "$folder/$1/checkpoints/last.h5" --out "$folder/$1.safetensors" >/dev/null 2>&1
  sha256sum <"$folder/$1.safetensors"
  rm -f "$folder/$1.safetensors"
  awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) keep[i] = $i !~ /^(seconds|images_per_second|data_wait_share)$/ }
    { for (i = 1; i <= NF; i++) if (keep[i]) printf "%s,", $i; print "" }' "$folder/$1/metrics.csv"
}

# One training with a signal: number of nodes, name. Writes "equal" or what is wrong into NAME.result.
trial() {
  local job
  job=$(submit "$1" "$2")
  until [ "$(rows "$2")" -ge $((2 + RANDOM % 8)) ] 2>/dev/null; do sleep 0.1; done
  sleep "0.$((RANDOM % 10))"
  scancel --signal=USR1 --batch "$job"
  finish "$job"
  if [ "$(field "$job" JobState)" != COMPLETED ] || [ "$(field "$job" Restarts)" != 1 ]; then
    echo "job $job: $(field "$job" JobState), $(field "$job" Restarts) restarts, see $folder/$2.log"
  elif ! cmp -s <(outcome "$2") "$folder/straight-$1.outcome"; then
    echo "job $job: differs from the undisturbed training, see $folder/$2"
  else
    rm -rf "${folder:?}/$2"
    echo equal
  fi >"$folder/$2.result"
}

failed=0
for nodes in 1 2; do
  job=$(submit "$nodes" "straight-$nodes")
  finish "$job"
  outcome "straight-$nodes" >"$folder/straight-$nodes.outcome"
  for ((number = 1; number <= times; number++)); do
    while [ "$(jobs -rp | wc -l)" -ge 3 ]; do wait -n || true; done
    trial "$nodes" "trial-$nodes-$number" &
  done
  wait
  equal=$(cat "$folder/trial-$nodes-"*.result | grep -cx equal || true)
  grep -hvx equal "$folder/trial-$nodes-"*.result >&2 || true
  stops=$(grep -ho "stopped by SIGUSR1 in epoch [0-9]* after step [0-9]*" "$folder/trial-$nodes-"*.log |
    grep -vc "step 0$" || true)
  echo "$nodes node(s): $equal of $times equal to the last bit; $stops stopped in mid-epoch"
  [ "$equal" -eq "$times" ] || failed=1
done
exit "$failed"
