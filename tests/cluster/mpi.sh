#!/bin/bash
# A sweep under OpenMPI: rank 0 deals points to the others; told by SIGUSR1 to end, a worker killed, and run again, and
# the merged file compared with a local run. usage: tests/cluster/mpi.sh      (after 'make mpi')
set -eu
cd "$(dirname "$0")/../.."
AASIM=$(realpath "${AASIM:-build/mpi/aasim}")
work=$(mktemp -d)
trap '[ -n "${KEEP:-}" ] && echo "kept: $work" || rm -rf "$work"' EXIT
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
run=(mpirun --oversubscribe)
fail() { echo "not so: $1" >&2; tail "$work"/*.txt >&2; exit 1; }

study=tests/cli/tiny/study.yaml
"$AASIM" sweep plan "$study" -o "$work/local" -r 60 >/dev/null
"$AASIM" sweep run "$work/local" -q
"$AASIM" sweep merge "$work/local" -o "$work/local.h5" -q

"$AASIM" sweep plan "$study" -o "$work/whole" -r 60 --shards 5 >/dev/null
"${run[@]}" -np 3 "$AASIM" sweep run "$work/whole" --mpi 2>"$work/whole.txt" || fail "three ranks"
grep -q ' 0 failed, 0 left' "$work/whole.txt" || fail "rank 0 says how it ended"
[ "$(grep -c 'tasks done' "$work/whole.txt")" = 1 ] || fail "and nobody else does"
"$AASIM" sweep merge "$work/whole" -o "$work/whole.h5" -q
cmp "$work/local.h5" "$work/whole.h5"
echo "three ranks: the local file, byte for byte"

"$AASIM" sweep plan "$study" -o "$work/cut" -r 60 >/dev/null
"${run[@]}" -np 3 "$AASIM" sweep run "$work/cut" --mpi --threads 2 2>"$work/cut.txt" &
launcher=$!
until [ "$(stat -c %s "$work/cut/results/all.log" 2>/dev/null || echo 0)" -gt 2000 ]; do sleep 0.05; done
# The youngest processes of the command are workers of a rank.
kill -KILL "$(pgrep -n -f "sweep run $work/cut")"
sleep 0.3
kill -USR1 "$launcher"
code=0; wait "$launcher" || code=$?
[ "$code" = 75 ] || fail "exit code 75, but $code"
grep -q '[1-9][0-9]* left' "$work/cut.txt" || fail "work is left"
code=0; "$AASIM" sweep status "$work/cut" >"$work/status.txt" || code=$?
[ "$code" = 75 ] || fail "status says so"
"${run[@]}" -np 2 "$AASIM" sweep run "$work/cut" --mpi --retry-failed -q 2>"$work/again.txt" || fail "it goes on"
"$AASIM" sweep merge "$work/cut" -o "$work/cut.h5" -q
cmp "$work/local.h5" "$work/cut.h5"
echo "told to end, a worker killed, gone on with: the same"

code=0; "${run[@]}" -np 1 "$AASIM" sweep run "$work/cut" --mpi -q 2>"$work/alone.txt" || code=$?
[ "$code" = 2 ] && grep -q 'N above 1' "$work/alone.txt" || fail "one rank is refused"
"$AASIM" sweep plan "$study" -o "$work/bad" -r 20 >/dev/null
mkdir -p "$work/bad/results/all.log"
code=0; "${run[@]}" -np 3 timeout 60 "$AASIM" sweep run "$work/bad" --mpi -q 2>"$work/bad.txt" || code=$?
[ "$code" != 0 ] && [ "$code" != 124 ] && grep -q 'all.log' "$work/bad.txt" || fail "a log that cannot be written ends all ranks"
echo "mistakes end all ranks"
