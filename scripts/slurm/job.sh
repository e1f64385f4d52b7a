# The common part of all job scripts in this folder. It checks the settings, runs the program on every node of the
# job, and passes Slurm's signal on. It puts the job back into the queue while work is left.
#
# A job script first has USR1 set `stop_asked`. Then it sets the variables of its "change these" block and sources this:
#
# - program: path of fusionctl
# - out: the run folder
# - launcher: srun or mpirun
# - max_restarts: how often the job may be put back into the queue
# - max_losses: how often in a row it may be put back after the loss of a GPU, a rank or a node, with no new checkpoint
# - modules: a function that loads the modules that the program needs
#
# Afterwards it calls `needs` and `run`.

say() { echo "$(date '+%F %T') job ${SLURM_JOB_ID:-?}: $*" >&2; }

refuse() {
  say "$*"
  exit 64
}

[ -n "${SLURM_JOB_ID:-}" ] || refuse "this is a job script; submit it: sbatch $0"

pid=
ended=
# Slurm sends USR1 before the end of the job (--signal): the program saves and stops, and the job is put back.
trap 'stop_asked=1; [ -z "$pid" ] || kill -USR1 "$pid" 2>/dev/null' USR1
# Slurm sends TERM when it ends the job: the job is cancelled, preempted, or out of time. The job's steps get the same
# signal from Slurm; a second one would keep them from saving. Slurm decides whether the job starts again.
trap 'ended=1' TERM
restarts=${SLURM_RESTART_COUNT:-0}
# The last job of an array has the same number as the array. Jobs of an array are therefore named ARRAY_TASK.
job=${SLURM_ARRAY_JOB_ID:+${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID}
job=${job:-$SLURM_JOB_ID}

# If a node of the job is gone, waits until Slurm has given the node up. Slurm then puts the job back itself, and the
# job could not start earlier. A job that is put back earlier can be held for good (seen with --exclusive:
# BadConstraints).
await_nodes() {
  local patience
  [ "$SLURM_JOB_NUM_NODES" -gt 1 ] && [ -z "$ended" ] || return
  timeout 30 srun --mpi=none --nodes="$SLURM_JOB_NUM_NODES" --ntasks-per-node=1 --cpus-per-task=1 true \
    >/dev/null 2>&1 && return
  [ -z "$ended" ] || return
  patience=$(scontrol show config | sed -nE 's/^SlurmdTimeout *= *([0-9]+) sec$/\1/p')
  patience=$((${patience:-300} + 60))
  say "a node does not answer; Slurm will give it up, which is waited for at most $patience s"
  sleep "$patience" &
  wait $!
}

# Puts the job back into the queue; does not return. Arguments: the reason.
put_back() {
  local attempt
  [ "$status" -eq 75 ] || await_nodes
  [ -z "$ended" ] || { say "$*; Slurm has ended the job"; exit "$status"; }
  if [ "$restarts" -ge "$max_restarts" ]; then
    say "$*; not put back: it has come back $restarts times (max_restarts); submit it again to go on"
    exit "$status"
  fi
  say "$*; back into the queue, restart $((restarts + 1)) of at most $max_restarts"
  for attempt in 1 2 3 4 5 6; do
    # After the requeue Slurm ends this script, which waits here for that.
    scontrol requeue "$job" && { sleep 60 & wait; exit "$status"; }
    sleep 10
  done
  say "Slurm did not take it back; submit it again to go on"
  exit "$status"
}

# Puts the job back after the loss of a GPU, a rank or a node; does not return. Something stays broken if losses follow
# one another and the run writes no checkpoint between them; then the job ends. A file in the run folder has the count,
# because it must outlive the job's starts. Arguments: the reason.
put_back_after_loss() {
  local losses=0 loser= before= checkpoint record=$out/.job-losses
  checkpoint=$(stat -c '%y %s' "$out/checkpoints/last.h5" 2>/dev/null)
  { read -r loser losses && read -r before; } 2>/dev/null <"$record"
  # Another job, or a new checkpoint: the count begins again.
  [ "$loser" = "$job" ] && [ "$before" = "$checkpoint" ] && [[ $losses =~ ^[1-9][0-9]{0,3}$ ]] || losses=0
  losses=$((losses + 1))
  { mkdir -p "$out" && printf '%s\n' "$job $losses" "$checkpoint" >"$record"; } 2>/dev/null ||
    say "the loss cannot be counted in '$record'; only max_restarts bounds the restarts"
  if [ "$losses" -gt "$max_losses" ]; then
    say "$*; not put back: loss $losses in a row without a new checkpoint (max_losses is $max_losses); look at" \
      "$SLURM_JOB_NODELIST, or leave it out: sbatch --exclude=$SLURM_JOB_NODELIST"
    exit "$status"
  fi
  put_back "$*; loss $losses of at most $max_losses in a row"
}

# Refuses to start if a file or folder is absent that a variable of the block names. Arguments: names of variables.
needs() {
  local name
  for name; do
    [ -n "${!name}" ] && [ -r "${!name}" ] ||
      refuse "$name: '${!name}' is not there or cannot be read; change '$name' on top of the job script"
  done
}

# Prints what a run loses that ends with status 76 or 205. A rank alone can only lose its GPU.
lost() {
  if [ "$SLURM_JOB_NUM_NODES" -eq 1 ] && [ "$ranks_per_node" -eq 1 ]; then
    echo "the GPU of $SLURM_JOB_NODELIST"
  else
    echo "a rank or a node"
  fi
}

# Prints the status of the rank that failed first. If a rank fails, srun ends the others, and returns the highest
# status, which may be theirs. Arguments: the status of srun.
first_status() {
  local own
  # The last messages of srun may still be on their way to the file.
  [ "$1" -lt 128 ] || sleep 1
  own=$(sed -nE 's/^srun: error: .* tasks? .*: Exited with exit code (1|2|64)$/\1/p' "$messages" | head -n 1)
  echo "${own:-$1}"
}

# Runs fusionctl with the arguments on all ranks. Returns if it succeeds; otherwise the job ends here, or goes back
# into the queue.
run() {
  status=75
  [ -z "${stop_asked:-}" ] || put_back "asked to stop before fusionctl $1 was started"
  say "fusionctl $1 on $SLURM_JOB_NODELIST by $launcher; ranks a node: $ranks_per_node, CPUs a rank:" \
    "$SLURM_CPUS_PER_TASK"
  "${launch[@]}" "$program" "$@" 2> >(trap '' TERM USR1 && exec tee "$messages" >&2) &
  pid=$!
  # USR1 may have come after the start and before `pid` was set.
  [ -z "${stop_asked:-}" ] || kill -USR1 "$pid"
  # A signal interrupts `wait`. The program's own status is known only after the process has ended.
  while wait "$pid"; kill -0 "$pid" 2>/dev/null; do :; done
  wait "$pid"
  status=$?
  pid=
  [ "$launcher" != srun ] || status=$(first_status "$status")
  case $status in
    0) ;;
    75) put_back "fusionctl $1 stopped with everything saved" ;;
    76 | 205) put_back_after_loss "fusionctl $1 lost $(lost) (status $status); its last checkpoint is good" ;;
    *)
      [ "$status" -lt 128 ] || put_back "fusionctl $1 was killed by signal $((status - 128))"
      say "fusionctl $1 failed (status $status), and would again: see the message above"
      exit "$status"
      ;;
  esac
}

# With sbatch --export=NONE steps would get no environment, and mpirun starts its daemons as steps of the job.
export SLURM_EXPORT_ENV=ALL
# Tells fusionctl not to print how to resume by hand: the job does that.
export FUSIONCTL_JOB_SCRIPT=1
modules || refuse "modules: what the program needs cannot be loaded; change 'modules' on top of the job script"
[ -x "$program" ] || refuse "program: '$program' is not there; build it (swift build -c release --product" \
  "fusionctl), or change 'program' on top of the job script"
[ "$restarts" -le "$max_restarts" ] || refuse "the job has come back $restarts times (max_restarts); submit it" \
  "again to go on"
messages=$(mktemp) || refuse "no temporary file can be made in ${TMPDIR:-/tmp}"
trap 'rm -f "$messages"' EXIT
ranks_per_node=${SLURM_NTASKS_PER_NODE:-1}
export SLURM_CPUS_PER_TASK=${SLURM_CPUS_PER_TASK:-1}
case $launcher in
  srun)
    launch=(srun --mpi=pmix --kill-on-bad-exit=1 --nodes="$SLURM_JOB_NUM_NODES"
      --ntasks-per-node="$ranks_per_node" --cpus-per-task="$SLURM_CPUS_PER_TASK")
    ;;
  # Ranks choose their cores themselves; without --bind-to none, mpirun would bind each rank to one core.
  mpirun) launch=(mpirun --map-by "ppr:$ranks_per_node:node" --bind-to none) ;;
  *) refuse "launcher: expected srun or mpirun, found '$launcher'; change it on top of the job script" ;;
esac
command -v "$launcher" >/dev/null ||
  refuse "launcher: $launcher is not on PATH; change 'modules' or 'launcher' on top of the job script"
