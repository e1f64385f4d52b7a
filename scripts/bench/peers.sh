# The Python environment for PyTorch and rasterio. The scripts in this folder source this file from the root of the
# repository. It sets $peer_python to the interpreter.

peer_python=scripts/bench/.venv/bin/python

# require_peers NAME==VERSION...: installs missing packages from PyPI.
require_peers() {
  command -v python3 >/dev/null || { echo "bench: Python 3 is needed" >&2; return 1; }
  if [ ! -x "$peer_python" ]; then
    python3 -m venv "${peer_python%/bin/python}" || {
      echo "bench: Python's venv is needed (Debian: python3-venv)" >&2
      return 1
    }
  fi
  "$peer_python" - "$@" 2>/dev/null <<'PYTHON' && return
import sys
from importlib.metadata import version

wanted = (requirement.split("==") for requirement in sys.argv[1:])
sys.exit(any(version(name).split("+")[0] != number for name, number in wanted))
PYTHON
  echo "bench: installing $* into ${peer_python%/bin/python}" >&2
  "$peer_python" -m pip install --quiet "$@"
}
