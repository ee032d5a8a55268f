#!/bin/bash
# The stores of topologies/stores/ in three regions under the loss of a region, its isolation, and a slow replica.
# usage: analysis/store_study.sh OUTPUT_DIRECTORY [REPLICATIONS]
# Leaves a results file a plan and the executed notebook; prints their paths. aasim is build/aasim, or $AASIM.
set -eu
[ $# -ge 1 ] || { sed -n 's/^# usage/usage/p' "$0" >&2; exit 2; }
mkdir -p "$1"
out=$(realpath "$1")
cd "$(dirname "$0")/.."
designs=()
for file in topologies/stores/*.yaml; do # those that differ in their store only: three regions
    if [ "$(grep -c '{zones: 3}' "$file")" -eq 3 ]; then designs+=("$file"); fi
done
analysis/study.sh notebooks/data.ipynb "$out" "${2:-16}" '90 min' 'region-loss region-isolation slow-replica' \
    "${designs[@]}"
