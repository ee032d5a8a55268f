#!/bin/bash
# The designs of topologies/steering/ under the loss of a region, of a zone, and a partition between users and a region.
# usage: analysis/steering_study.sh OUTPUT_DIRECTORY [REPLICATIONS]
# Leaves a results file a plan and the executed notebook; prints their paths. aasim is build/aasim, or $AASIM.
set -eu
[ $# -ge 1 ] || { sed -n 's/^# usage/usage/p' "$0" >&2; exit 2; }
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
out=$(realpath "$1") replications=${2:-16}
cd "$root"
files=()
for plan in region-loss zone-power-loss user-partition; do
    "${AASIM:-build/aasim}" compare topologies/steering/*.yaml --workload workloads/global-shop.yaml \
        --faults "workloads/$plan.yaml" --duration '2 h' --replications "$replications" --quiet \
        -o "$out/$plan.h5" >"$out/$plan.txt"
    files+=("$out/$plan.h5")
done
analysis/run_notebook.sh notebooks/steering.ipynb "${files[@]}" "$out"
printf '%s\n' "${files[@]}"
