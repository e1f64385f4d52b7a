#!/usr/bin/env bash
# Runs the five experiments of the paper on GPU nodes: each job of an array trains and tests one experiment, in one
# process on one GPU. When all are done, a last job on a CPU writes their comparison to comparison.txt in the folder of
# the runs. If a GPU cannot be used, the job says why and computes on the CPUs of its node.
#
# On the login node, from the top of the repository, with the modules below loaded:
#
#   .build/release/fusionctl doctor --prepare    # once: compiles the kernels, so that no job waits for that
#   bash scripts/slurm/paper_experiments.sh
#
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:USR1@300
#
# ---- change these -----------------------------------------------------------------------------------------------
#SBATCH --job-name=fusionctl-paper
#SBATCH --output=%x-%A-%a.log
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --mem=16G
#SBATCH --time=7-00:00:00
##SBATCH --partition=batch
stop_asked= && trap 'stop_asked=1' USR1        # not this line: the signal may come before the rest is read
repository=${SLURM_SUBMIT_DIR:-$PWD}           # where the job is submitted from
program=$repository/.build/release/fusionctl
configs=$repository/configs/paper
experiments=(s1 s2 early middle late)          # each has a file in $configs
data=/path/to/SEN12MS                          # holds ROIs1158_spring/s1_1/...
labels=/path/to/deep-fusion-networks           # holds labels/ and splits/ (docs/data.md)
out=$repository/runs                           # gets a folder for each
gpu=(--partition=gpu_p --gres=gpu:1)           # what the experiments alone ask for; () for CPU nodes
flags=()                                       # more for fusionctl train, e.g. --set training.epochs=50
launcher=srun                                  # or mpirun
max_restarts=20
max_losses=3                                   # in a row, without a new checkpoint
modules() { :; }                               # e.g. module load OpenMPI OpenBLAS HDF5 GDAL CUDA cuDNN
# -----------------------------------------------------------------------------------------------------------------

submit() {
  local array compare path
  for path in "$program" "$data" "$labels" "${experiments[@]/%/.yaml}"; do
    [ "${path%.yaml}" = "$path" ] || path=$configs/$path
    [ -r "$path" ] || { echo "$path is not there or cannot be read; change it on top of $0" >&2; exit 64; }
  done
  array=$(sbatch --parsable --array="0-$((${#experiments[@]} - 1))" "${gpu[@]}" "$@" "$0" experiment) || exit
  compare=$(sbatch --parsable --dependency="afterok:${array%%;*}" --kill-on-invalid-dep=yes "$@" --nodes=1 \
    --ntasks-per-node=1 --cpus-per-task=1 --mem=1G --time=10 --output=%x-%j.log "$0" compare) || exit
  echo "${experiments[*]}: job ${array%%;*}"
  echo "comparison: job ${compare%%;*}"
}

# The jobs call this script with one of these words. Other arguments come from the user and are passed to sbatch.
case ${1:-} in
  experiment | compare) ;;
  *) submit "$@"; exit ;;
esac

shared=$repository/scripts/slurm/job.sh
[ -r "$shared" ] || { echo "repository: '$shared' is not there; submit from the top of fusionctl's" >&2; exit 64; }
source "$shared"
if [ "$1" = experiment ]; then
  experiment=${experiments[$SLURM_ARRAY_TASK_ID]}
  config=$configs/$experiment.yaml
  out=$out/$experiment
  needs config data labels
  places=(--data "$data" --labels "$labels")
  run train --config "$config" "${places[@]}" --out "$out" --resume "${flags[@]}"
  run test --checkpoint "$out/checkpoints/best.h5" "${places[@]}" --quiet
else
  "$program" compare --paper "${experiments[@]/#/$out/}" | tee "$out/comparison.txt"
  exit "${PIPESTATUS[0]}"
fi
