#!/bin/bash
# The designs of topologies/steering/ under the loss of a region, of a zone, and a partition between users and a region.
# usage: analysis/steering_study.sh OUTPUT_DIRECTORY [REPLICATIONS]
# Leaves a results file a plan and the executed notebook; prints their paths. aasim is build/aasim, or $AASIM.
set -eu
[ $# -ge 1 ] || { sed -n 's/^# usage/usage/p' "$0" >&2; exit 2; }
mkdir -p "$1"
out=$(realpath "$1")
cd "$(dirname "$0")/.."
analysis/study.sh notebooks/steering.ipynb "$out" "${2:-16}" '2 h' 'region-loss zone-power-loss user-partition' \
    topologies/steering/*.yaml
