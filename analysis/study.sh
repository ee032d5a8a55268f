#!/bin/bash
# Compares designs under several fault plans and shows the results in a notebook: a results file and a text a plan.
# usage: analysis/study.sh NOTEBOOK OUTPUT_DIRECTORY REPLICATIONS DURATION "PLAN..." DESIGN.yaml...
# Prints the paths of the results files and of the executed notebook. aasim is build/aasim, or $AASIM.
set -eu
[ $# -ge 6 ] || { sed -n 's/^# usage/usage/p' "$0" >&2; exit 2; }
notebook=$1 replications=$3 duration=$4 plans=$5
mkdir -p "$2"
out=$(realpath "$2")
shift 5
files=()
for plan in $plans; do
    "${AASIM:-build/aasim}" compare "$@" --workload workloads/global-shop.yaml --faults "workloads/$plan.yaml" \
        --duration "$duration" --replications "$replications" --quiet -o "$out/$plan.h5" >"$out/$plan.txt"
    files+=("$out/$plan.h5")
done
analysis/run_notebook.sh "$notebook" "${files[@]}" "$out"
printf '%s\n' "${files[@]}"
