#!/usr/bin/env bash
# Compares files of `fusionctl export` with PyTorch and onnxruntime: .pth is loaded strictly, ONNX files are checked and run.
#
# usage: scripts/study/exchange.sh FUSIONCTL [PYTHON]
#   FUSIONCTL  the built program
#   PYTHON     an interpreter with the packages below; without it they are installed beside those of scripts/bench
set -euo pipefail
fusionctl=$(realpath "$1")
cd "$(dirname "$0")/../.."
source scripts/bench/peers.sh
if [ $# -gt 1 ]; then
  peer_python=$2
else
  require_peers torch==2.15.0 torchvision==0.29.2 numpy==2.4.6 safetensors==0.8.0 onnx==1.23.2 onnxruntime==1.32.0
fi
"$peer_python" scripts/study/exchange.py "$fusionctl"
