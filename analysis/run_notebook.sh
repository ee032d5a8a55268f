#!/bin/bash
# Executes a notebook headless against one or more results files.
# usage: analysis/run_notebook.sh NOTEBOOK RESULTS.h5... OUTPUT_DIRECTORY
# Prints the path of the executed notebook. The kernel "python3" is /usr/bin/python3 whatever the PATH or the
# user's own kernels say: a kernel specification of our own comes first.
set -eu
[ $# -ge 3 ] || { sed -n 's/^# usage/usage/p' "$0" >&2; exit 2; }
notebook=$1 out=${*: -1}
mapfile -t results < <(realpath -e "${@:2:$#-2}")
[ ${#results[@]} -eq $(($# - 2)) ] || exit 1
root=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

mkdir -p "$out" "$scratch/share/kernels/python3"
cat >"$scratch/share/kernels/python3/kernel.json" <<'JSON'
{"argv": ["/usr/bin/python3", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
 "display_name": "Python 3", "language": "python"}
JSON
# Nothing is written to the home directory, and nothing read from it.
export JUPYTER_PATH=$scratch/share JUPYTER_CONFIG_DIR=$scratch/config JUPYTER_RUNTIME_DIR=$scratch/runtime
export IPYTHONDIR=$scratch/ipython MPLCONFIGDIR=$scratch/matplotlib JUPYTER_PLATFORM_DIRS=1
AASIM_RESULTS=$(IFS=:; echo "${results[*]}")
export AASIM_RESULTS PYTHONPATH=$root/analysis MPLBACKEND=Agg PYTHONDONTWRITEBYTECODE=1

if ! /usr/bin/python3 -m nbconvert --to notebook --execute --output-dir "$out" "$notebook" \
    >"$scratch/log" 2>&1; then
    cat "$scratch/log" >&2
    exit 1
fi
echo "$out/$(basename "$notebook")"
