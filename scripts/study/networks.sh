#!/usr/bin/env bash
# Prints the table of networks in docs/networks.md: parameters, arithmetic, memory and time.
#
#   scripts/study/networks.sh [--batch-size N]
#
# Patches have 256×256 pixels, ten bands of Sentinel-2 and two of Sentinel-1, and ten classes. Each row is a
# `fusionctl plan`; nothing is trained. Times are those that plan predicts for this machine, so nothing else should run.
#
# FUSIONCTL=PROGRAM takes a built program; otherwise it is built.
set -euo pipefail
batch=25
case ${1:-} in
  -h | --help) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
  --batch-size) batch=${2:?--batch-size: expected a number} ;;
  '') ;;
  *) echo "networks: unknown flag $1" >&2; exit 64 ;;
esac
fusionctl=${FUSIONCTL:+$(realpath -- "$FUSIONCTL")}
cd "$(dirname "$0")/../.."
if [ -z "$fusionctl" ]; then
  swift build -c release --product fusionctl >&2
  fusionctl=$(swift build -c release --show-bin-path)/fusionctl
fi

# row TITLE CONFIG SETTING...
row() {
  local title=$1 config=$2
  shift 2
  "$fusionctl" plan --config "$config" --batch-size "$batch" --json --set "$@" | python3 -c '
import json, sys
plan = json.load(sys.stdin)
low, balanced = (plan["training_memory_by_mode"][mode]["total"] / 1e9 for mode in ["low", "balanced"])
count = plan["parameters"]
patch = plan["forward_flops"] / plan["batch_size"] / 1e9
train = plan["time"]["training_step_seconds"] / plan["batch_size"] * 1e3
infer = plan["time"]["evaluation_seconds"] / plan["evaluation_batch_size"] * 1e3
print(f"| {sys.argv[1]} | {count:,} | {patch:.1f} | {balanced:.1f} | {low:.1f} | {train:.0f} | {infer:.0f} |")
' "$title"
}

header() {
  echo
  echo "| $1 | parameters | GFLOP a patch, forward | training GB | with \`memory: low\` | training ms | evaluation ms |"
  echo "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
}

header "Network, early fusion (12 bands)"
for name in resnet18 resnet34 resnet50 resnet101 resnet152 vgg16 vgg16_bn vgg19 vgg19_bn densenet121 densenet161 \
  densenet169 densenet201; do
  row "\`$name\`" early "model.architecture=$name"
done
for name in vgg16 vgg19 densenet121 densenet161 densenet169 densenet201; do
  row "\`$name\`, head \`flatten\`" early "model.architecture=$name" model.head=flatten
done
for name in dfn dfnn2; do row "\`$name\`" early "model.architecture=$name"; done

header "Fusion of Sentinel-1 and Sentinel-2, ResNet18"
name=model.architecture=resnet18
row "early" early "$name"
for join in mean concat gated se; do
  row "middle, \`join: $join\` after \`layer2\`" middle "$name" "model.join=$join"
done
row "middle, \`join: attention\` after \`layer3\`" middle "$name" model.join=attention "model.fusion_stages=[3]"
for join in mean gated; do
  row "middle, \`join: $join\` after \`layer1\` … \`layer4\`" middle "$name" "model.join=$join" "model.fusion_stages=[1, 2, 3, 4]"
done
row "late" late "$name"
