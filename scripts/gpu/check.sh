#!/usr/bin/env bash
# Checks a machine with an NVIDIA GPU, and measures it beside PyTorch: one command of at most ten minutes.
#
#   scripts/gpu/check.sh [--quick] [--seconds N] [--table FILE]
#
# Parts: facts, correctness (gpucheck), passes over memory, training steps of ResNet101 on the GPU in turn with PyTorch,
# the same step on all cores, and compute-sanitizer where it works. Every part has its own time limit, and one that fails
# does not stop the others. A table in Markdown comes last. What the parts print lies in the folder $OUT (gpu-check by
# default), the table also in $OUT/table.md or in the file of --table. The status is 1 if a part failed, or a part of
# gpucheck did not end in its time. What is missing is `skipped` with a reason, and no failure.
#   --quick      small networks and few steps; for the simulated libraries, which it runs on, too
#   --seconds N  time for everything (600)
# $GPUCHECK, $FUSIONCTL and $PYTHON name programs that are not found: gpucheck beside this script, on PATH, or built in
# this repository; fusionctl likewise, if there is one; python3. The libraries are searched as `fusionctl doctor` says, and
# among Python's packages.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
quick=()
seconds=600
table=
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=(--quick) ;;
    --seconds | --table)
      [ $# -ge 2 ] || { echo "check: $1 needs a value" >&2; exit 64; }
      [ "$1" = --seconds ] && seconds=$2 || table=$2
      shift ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p;}' "$0"; exit 0 ;;
    *) echo "check: '$1' is unknown; see $0 --help" >&2; exit 64 ;;
  esac
  shift
done
case $seconds in '' | *[!0-9]*) echo "check: --seconds '$seconds': expected a whole number" >&2; exit 64 ;; esac

out=${OUT:-gpu-check}
mkdir -p "$out" || exit 1
out=$(cd "$out" && pwd)
table=${table:-$out/table.md}
python=${PYTHON:-$(command -v python3)}

# The first of the places where a program may be.
program() {
  local place
  for place in "$here/$1" "$(command -v "$1")" "$here/../../.build/release/$1" "$here/../../.build/debug/$1"; do
    [ -n "$place" ] && [ -x "$place" ] && { echo "$place"; return; }
  done
}
gpucheck=${GPUCHECK:-$(program gpucheck)}
fusionctl=${FUSIONCTL:-$(program fusionctl)}
[ -n "$gpucheck" ] || { echo "check: no gpucheck; build it with scripts/gpu/package.sh, or set GPUCHECK" >&2; exit 1; }

# PyTorch brings cuDNN and NVRTC, in folders that no loader knows.
if [ -z "${FUSIONCTL_CUDA_LIBS-}" ] && [ -n "$python" ]; then
  folders=$("$python" - 2>/dev/null <<'P'
import glob, os, site, sysconfig
roots = dict.fromkeys([sysconfig.get_paths()["purelib"], *site.getsitepackages(), site.getusersitepackages()])
print(":".join(folder for root in roots for folder in sorted(glob.glob(os.path.join(root, "nvidia", "*", "lib")))))
P
  )
  [ -z "$folders" ] || export FUSIONCTL_CUDA_LIBS=$folders
fi

results=()
failed=0

# part NAME SECONDS COMMAND...: runs a command within its time, what is left of the whole time at most. Status 3 of the
# command says that something it needs is missing. Its output goes to NAME.md, its errors to NAME.err.
part() {
  local name=$1 limit=$2 start=$SECONDS left=$((seconds - SECONDS)) status result
  shift 2
  [ "$limit" -lt "$left" ] || limit=$left
  if [ "$limit" -lt 2 ]; then
    results+=("| $name | skipped: the time is over | 0 |")
    return
  fi
  echo "check: $name, at most $limit s" >&2
  timeout --kill-after=5 "$limit" "$@" >"$out/$name.md" 2>"$out/$name.err" </dev/null
  status=$?
  case $status in
    0) result=ok ;;
    3) result="skipped: $(tail -n 1 "$out/$name.err")" ;;
    124 | 137)
      result="ended after $limit s"
      case $name in pytorch-* | sanitizer) ;; *) failed=1 ;; esac ;;
    *)
      result="FAILED, status $status: $(grep -h FAILED "$out/$name.md" | tail -n 1 | cut -c 1-200)$(tail -n 1 "$out/$name.err" | cut -c 1-200)"
      failed=1 ;;
  esac
  results+=("| $name | ${result//|/·} | $((SECONDS - start)) |")
}

facts() {
  "$gpucheck" facts "${quick[@]}"
  local status=$?
  echo
  echo "| machine | |"
  echo "| --- | --- |"
  echo "| date | $(date -u +%Y-%m-%d) |"
  echo "| system | $(uname -sr), $(. /etc/os-release 2>/dev/null && echo "$PRETTY_NAME"), $(getconf GNU_LIBC_VERSION) |"
  echo "| cores | $(nproc) |"
  echo "| memory | $(awk '/^MemTotal/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo) |"
  if command -v nvidia-smi >/dev/null; then
    nvidia-smi --format=csv,noheader \
      --query-gpu=name,driver_version,memory.total,clocks.max.sm,power.limit,compute_mode,mig.mode.current,pcie.link.gen.current \
      | sed 's/.*/| nvidia-smi | & |/'
  fi
  if [ -n "$python" ]; then
    "$python" -c 'import torch
print(f"| PyTorch | {torch.__version__}, CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()} |")' 2>/dev/null
  fi
  return $status
}

sanitizer() {
  local tool place
  for place in "$(command -v compute-sanitizer)" /usr/local/cuda*/bin/compute-sanitizer; do
    [ -n "$place" ] && [ -x "$place" ] && tool=$place
  done
  [ -n "${tool-}" ] || { echo "no compute-sanitizer" >&2; return 3; }
  # A tool that cannot watch this driver says so before the program starts.
  "$tool" --tool memcheck "$gpucheck" facts >"$out/sanitizer-trial.txt" 2>&1 || {
    echo "compute-sanitizer does not work here: $(tail -n 1 "$out/sanitizer-trial.txt")" >&2
    return 3
  }
  local check
  for check in memcheck racecheck; do
    echo "$check:"
    "$tool" --tool "$check" --error-exitcode 9 "$gpucheck" operations --precision fp32 --seconds 25 | tail -n 3 || return 1
  done
}

peer() {
  if [ -z "$python" ] || ! "$python" -c "" 2>/dev/null; then
    echo "no Python" >&2
    return 3
  fi
  "$python" -W ignore "$here/peer.py" "$@" "${quick[@]}"
}

# bench of the program itself, in bf16 where the GPU has it.
bench() {
  [ -n "$fusionctl" ] || { echo "no fusionctl" >&2; return 3; }
  local batch=64 precision=fp32 network=() architecture
  architecture=$(grep -o 'sm_[0-9]*' "$out/facts.md" | head -n 1)
  if [ ${#quick[@]} -gt 0 ]; then
    batch=2
    network=(--size 32 --repeats 1 --set model.architecture=resnet18)
  elif [ "${architecture#sm_}" -ge 80 ]; then
    precision=bf16
  fi
  "$fusionctl" bench --device cuda --only step --batch-size "$batch" --precision "$precision" --quiet "${network[@]}"
}

export -f facts sanitizer peer bench
export gpucheck fusionctl python here out
# Functions run in a shell of their own, which `timeout` can end. Arrays cannot be exported.
function_part() { part "$1" "$2" bash -c "set -o pipefail; quick=(${quick[*]}); ${*:3}"; }

function_part facts 60 facts
part operations 60 "$gpucheck" operations --seconds 50 "${quick[@]}"
part networks 110 "$gpucheck" networks --seconds 100 "${quick[@]}"
part training 60 "$gpucheck" training --seconds 50 "${quick[@]}"
part passes 20 "$gpucheck" passes "${quick[@]}"
part speed-1 70 "$gpucheck" speed --seconds 60 "${quick[@]}"
function_part pytorch-eager 70 peer eager --seconds 60
part speed-2 60 "$gpucheck" speed --seconds 50 "${quick[@]}"
function_part bench 40 bench
function_part cpu 60 '"$gpucheck" cpu "${quick[@]}"'
function_part sanitizer 80 sanitizer
function_part pytorch-compiled 400 peer compiled --seconds "$((seconds - SECONDS > 100 ? seconds - SECONDS - 60 : 20))" --precisions bf16,fp16 --batches 64,25,128

# Rows of gpucheck's table of steps in the form of PyTorch's.
steps() {
  awk -F' *[|] *' -v name="$2" '$3 ~ /^[0-9]+$/ && $4 ~ /^[0-9.]+$/ { print "| " name " | " $2 " | " $3 " | " $4 " | " $5 " | " $6 " |" }' "$1" 2>/dev/null
}

{
  echo "# A check of $(awk -F' *[|] *' '/^[|] cuda:0/ { print $3; exit }' "$out/facts.md" | sed 's/,.*//')"
  echo
  # Both tables of the facts as one.
  awk '/^[|]/ && !/^[|] machine/ && !(/^[|] ---/ && lines++)' "$out/facts.md"
  grep -q simulated "$out/facts.md" && printf '\n%s\n' "The GPU is simulated: no time below means anything."
  printf '\n%s\n' "Passes over memory:"
  echo
  grep '^|' "$out/passes.md" 2>/dev/null
  printf '\n%s\n' "$(sed -n '/^## Training/{s/^## //p;q;}' "$out/speed-1.md" 2>/dev/null). GB: PyTorch's peak, fusionctl's plan."
  echo
  echo "| program | precision | batch | ms a step | patches/s | GB |"
  echo "| --- | --- | ---: | ---: | ---: | ---: |"
  steps "$out/speed-1.md" "fusionctl, first time"
  steps "$out/speed-2.md" "fusionctl, second time"
  grep -h '^| PyTorch' "$out"/pytorch-*.md 2>/dev/null
  steps "$out/cpu.md" "fusionctl on $(nproc) cores"
  printf '\n%s\n' "Parts:"
  echo
  echo "| part | result | s |"
  echo "| --- | --- | ---: |"
  printf '%s\n' "${results[@]}"
} >"$out/table.tmp"
mv "$out/table.tmp" "$table"
cat "$table"
exit $failed
