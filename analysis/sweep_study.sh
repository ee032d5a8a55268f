#!/bin/bash
# Sweeps TTL, health-check interval and headroom of three designs under the loss of a region.
# The study is analysis/studies/failover-grid.yaml.
# usage: analysis/sweep_study.sh OUTPUT_DIRECTORY [REPLICATIONS [CHANGES]]
# CHANGES are more entries of the study's `set`, such as 'duration=12 min, warmup=2 min'; the last one of a value counts.
# Leaves the sweep's folder, the merged file, a text and the executed notebook; prints their paths. Started again, it goes on.
# aasim is build/aasim, or $AASIM.
set -eu
[ $# -ge 1 ] || { sed -n 's/^# usage/usage/p' "$0" >&2; exit 2; }
mkdir -p "$1"
out=$(realpath "$1")
cd "$(dirname "$0")/.."
study=analysis/studies/failover-grid.yaml
if [ -n "${3:-}" ]; then
    text=$(<"$study")
    text=${text//..\/..\//"$PWD/"}
    study=$out/failover-grid.yaml
    printf '%s\n' "${text/steering.alias=false]/"steering.alias=false, $3]"}" >"$study"
    grep -qF "$3]" "$study" || { echo "$0: the study has no set to add to" >&2; exit 1; }
fi
aasim=${AASIM:-build/aasim}
"$aasim" sweep plan "$study" -o "$out/sweep" --replications "${2:-4}" -q >"$out/plan.txt"
"$aasim" sweep run "$out/sweep" -q
"$aasim" sweep merge "$out/sweep" -o "$out/failover-grid.h5" -q
PYTHONPATH=analysis PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m aasim table "$out/failover-grid.h5" >"$out/failover-grid.txt"
analysis/run_notebook.sh notebooks/sweep.ipynb "$out/failover-grid.h5" "$out"
printf '%s\n' "$out/failover-grid.h5" "$out/failover-grid.txt"
