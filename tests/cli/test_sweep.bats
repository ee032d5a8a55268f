# Sweeps: plan, run in shards, stop and resume, merge. The merged file has the same bytes whatever way it came to be.
load common

# A sweep of tiny/study.yaml in one piece, once for all tests: $WHOLE.
setup_file() {
    export WHOLE=$BATS_FILE_TMPDIR/whole.h5
    load common
    "$AASIM" sweep plan "$TINY/study.yaml" -o "$BATS_FILE_TMPDIR/whole"
    "$AASIM" sweep run "$BATS_FILE_TMPDIR/whole" -q
    "$AASIM" sweep merge "$BATS_FILE_TMPDIR/whole" -o "$WHOLE" -q
}

setup() {
    cd "$BATS_TEST_TMPDIR"
}

table() {
    PYTHONPATH=$ROOT/analysis PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m aasim table "$1"
}

plan() { # OPTIONS...
    expect 0 "$AASIM" sweep plan "$TINY/study.yaml" -o sweep "$@"
}

# Waits until a log has a part.
until_begun() { # LOG
    until [ "$(stat -c %s "$1" 2>/dev/null || echo 0)" -gt "${2:-16}" ]; do sleep 0.01; done
}

expect_whole() {
    expect 0 "$AASIM" sweep merge sweep -o merged.h5 -q
    cmp merged.h5 "$WHOLE"
}

@test "a plan says what is to do, and takes all files along" {
    plan --shards 3
    contains "$output" "24 points (2 designs x 1 workload x 2 fault plans x 6 rows), 5 replications" "3 shards"
    [ "$(jq '.points | length' sweep/plan.json)" -eq 24 ]
    cmp sweep/inputs/topologies/1/two.yaml "$TINY/two.yaml"
    cp sweep/plan.json first.json
    plan --shards 3
    cmp sweep/plan.json first.json
}

@test "shards in any order give the same bytes" {
    plan --shards 3
    for shard in 2 0/3 1; do expect 0 "$AASIM" sweep run sweep --shard "$shard" -q; done
    expect_whole
}

@test "shards come from schedulers and launchers" {
    plan --shards 2
    AASIM_SHARD=1 expect 0 "$AASIM" sweep run sweep -q
    SLURM_ARRAY_TASK_ID=0 expect 0 "$AASIM" sweep run sweep -q
    [ -s sweep/results/shard-0000.log ] && [ -s sweep/results/shard-0001.log ]
    expect_whole
    OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=2 expect 2 "$AASIM" sweep run sweep -q
    contains "$errors" "shard '2' (OMPI_COMM_WORLD_RANK) is none of this plan: it has 2, counted from 0"
    SLURM_NTASKS=1 SLURM_PROCID=0 expect 0 "$AASIM" sweep run sweep
    lacks "$errors" "shard 0" # a batch job alone is no member of anything
    expect 2 "$AASIM" sweep run sweep --shard 0/3
    expect 2 "$AASIM" sweep run sweep --shard x
}

@test "what is killed is resumed" {
    plan
    "$AASIM" sweep run sweep -q -j 1 &
    until_begun sweep/results/all.log
    kill -KILL $!
    wait $! || true
    size=$(stat -c %s sweep/results/all.log)
    truncate -s $((size > 100 ? size - 7 : size)) sweep/results/all.log # in the middle of a part
    expect 75 "$AASIM" sweep merge sweep -o merged.h5
    contains "$errors" "are missing"
    [ ! -e merged.h5 ]
    expect 0 "$AASIM" sweep run sweep
    expect 0 "$AASIM" sweep run sweep
    contains "$errors" "0 tasks done, 0 failed, 0 left"
    expect_whole
}

@test "asked to stop, it ends with code 75 and loses nothing" {
    plan
    for signal in TERM USR1; do
        code=0 size=$(stat -c %s sweep/results/all.log 2>/dev/null || echo 16)
        "$AASIM" sweep run sweep -q -j 1 &
        until_begun sweep/results/all.log "$size"
        kill -$signal $!
        wait $! || code=$?
        [ "$code" -eq 75 ]
    done
    expect 75 "$AASIM" sweep status sweep
    expect 0 "$AASIM" sweep run sweep -q
    expect 0 "$AASIM" sweep status sweep
    expect_whole
}

@test "a time budget is kept" {
    plan
    expect 75 "$AASIM" sweep run sweep -q -j 1 --time-budget '200 ms'
    expect 75 "$AASIM" sweep run sweep -q -j 1 --time-budget '1 ns'
    expect 0 "$AASIM" sweep run sweep -q --time-budget '1 h'
    expect_whole
}

@test "more replications, points and shards leave what was done" {
    plan -r 2
    expect 0 "$AASIM" sweep run sweep -q
    plan --shards 4
    expect 75 "$AASIM" sweep status sweep
    contains "$output" "48"
    expect 0 "$AASIM" sweep run sweep -q
    expect_whole
    sed -e "s|topologies: .*|topologies: [$TINY/one.yaml, $TINY/two.yaml]|; s|load.yaml|$TINY/load.yaml|" \
        -e "s|outage.yaml|$TINY/outage.yaml|; s|\[1, 2, 3\]|[1, 2, 3, 4]|" "$TINY/study.yaml" >more.yaml
    expect 0 "$AASIM" sweep plan more.yaml -o sweep
    contains "$output" "32 points"
    expect 0 "$AASIM" sweep run sweep
    contains "$errors" "8 of 8 tasks"
}

@test "a step takes its own options, and says what is too much" {
    plan
    expect 2 "$AASIM" sweep run sweep -o x.h5
    contains "$errors" "aasim sweep run: --output has no effect here"
    expect 2 "$AASIM" sweep merge sweep -o x.h5 -r 5
    contains "$errors" "aasim sweep merge: --replications has no effect here"
    expect 2 "$AASIM" sweep status sweep --partial
    expect 2 "$AASIM" sweep merge sweep -o x.h5 more
    contains "$errors" "'more' is too much"
    expect 75 "$AASIM" sweep merge sweep -o x.h5 --partial
    contains "$errors" "nothing has been simulated yet"
    [ ! -e x.h5 ]
    SLURM_PROCID=7 expect 0 "$AASIM" sweep run sweep -q # of no job of several
}

@test "a plan is not made anew under a run, and says what it can use" {
    plan -r 60
    "$AASIM" sweep run sweep -q -j 1 &
    until_begun sweep/results/all.log
    expect 73 "$AASIM" sweep plan "$TINY/study.yaml" -o sweep
    contains "$errors" "a run is at work in this folder and writes sweep/results/all.log"
    kill -TERM $!
    wait $! || true
    plan -r 60
    [[ $output =~ [1-9][0-9]*\ of\ 1440\ replications\ have\ been\ done\ already ]]
}

@test "a damaged part costs itself and no other" {
    plan
    "$AASIM" sweep run sweep -q
    size=$(stat -c %s sweep/results/all.log)
    printf '\xa5\x5a\xa5' | dd of=sweep/results/all.log bs=1 seek=$((size / 2)) conv=notrunc status=none
    expect 75 "$AASIM" sweep status sweep
    contains "$output" "bytes of logs are damaged"
    expect 0 "$AASIM" sweep run sweep
    contains "$errors" "1 tasks done, 0 failed, 0 left" "simulated again"
    expect_whole
}

@test "what was computed is what compare computes" {
    "$AASIM" compare "$TINY/one.yaml" "$TINY/two.yaml" -w "$TINY/load.yaml" -f "$TINY/outage.yaml" -r 5 -q -o compare.h5 \
        -s 'services.web.work=5 ms' -s services.web.servers_per_zone=3 >/dev/null
    /usr/bin/python3 - "$WHOLE" compare.h5 <<'PY'
import sys
import h5py
sweep, compare = (h5py.File(path) for path in sys.argv[1:])
names = [name.decode() for name in sweep["points/topology"][:]]
labels = [[text.decode() for text in row] for row in sweep["points/label"][:]]
for design, name in enumerate(compare["summary/design"].asstr()[:]):
    point = next(i for i, row in enumerate(labels) if row == ["3", "5 ms"] and sweep["points/fault_plan_index"][i] == 1
                 and names[sweep["points/topology_index"][i]] == name)
    for at, metric in enumerate(compare["summary/metric"].asstr()[:]):
        assert sweep["summary/metric"].asstr()[at] == metric
        if metric.startswith("latency"):
            continue  # pooled there, a mean of histories here
        for ours, theirs in ("value", "value"), ("value_ci_low", "ci_low"), ("value_ci_high", "ci_high"):
            value, wanted = sweep["summary"][ours][point, at], compare["summary"][theirs][design, at]
            assert value == wanted or (value != value and wanted != wanted), (name, metric, ours, value, wanted)
PY
}

@test "changes of a plan, an input or the model are named" {
    plan
    echo "# more" >>sweep/inputs/topologies/0/one.yaml
    expect 65 "$AASIM" sweep run sweep
    contains "$errors" "inputs/topologies/0/one.yaml has been changed since the plan was made"
    plan
    jq -c '.model = "0.9+0"' sweep/plan.json >changed.json && cp changed.json sweep/plan.json
    expect 65 "$AASIM" sweep run sweep
    contains "$errors" "another version of the model: 0.9+0"
    plan
    jq -c '.points[3][2] = 2' sweep/plan.json >changed.json && cp changed.json sweep/plan.json
    expect 65 "$AASIM" sweep run sweep
    contains "$errors" "it has been changed"
    echo '{"format": 1' >sweep/plan.json
    expect 65 "$AASIM" sweep status sweep
    expect 66 "$AASIM" sweep status nowhere
}

@test "two processes do not write one log" {
    plan
    "$AASIM" sweep run sweep -q -j 1 &
    sleep 0.3
    expect 73 "$AASIM" sweep run sweep -q
    contains "$errors" "another process writes"
    wait
    expect_whole
}

@test "a log twice counts once, and what is no log is an error" {
    plan
    expect 0 "$AASIM" sweep run sweep -q
    cp sweep/results/all.log sweep/results/other.log
    expect_whole
    echo rubbish >sweep/results/rubbish.log
    expect 65 "$AASIM" sweep merge sweep -o merged.h5
    contains "$errors" "rubbish.log is no log of a sweep"
}

@test "output that cannot be written" {
    plan
    expect 0 "$AASIM" sweep run sweep -q
    expect 73 "$AASIM" sweep merge sweep -o /nowhere/merged.h5
    if [ -w /dev/full ]; then expect 73 "$AASIM" sweep merge sweep -o /dev/full; fi
    expect 2 "$AASIM" sweep merge sweep
    expect 73 "$AASIM" sweep plan "$TINY/study.yaml" -o /proc/sweep
}

@test "points with mistakes are found before anything runs" {
    sed 's/\[1, 2, 3\]/[1, 0, 3]/' "$TINY/study.yaml" >"$BATS_TEST_TMPDIR/bad.yaml"
    sed -i "s|topologies: .*|topologies: [$TINY/one.yaml, $TINY/two.yaml]|; s|load.yaml|$TINY/load.yaml|
            s|outage.yaml|$TINY/outage.yaml|" bad.yaml
    expect 65 "$AASIM" sweep plan bad.yaml -o sweep
    contains "$errors" "bad.yaml:7"
    [ ! -e sweep ]
}

@test "usage" {
    expect 2 "$AASIM" sweep
    expect 2 "$AASIM" sweep pln x
    contains "$errors" "did you mean 'plan'?"
    expect 2 "$AASIM" sweep plan "$TINY/study.yaml"
    expect 2 "$AASIM" sweep run
    expect 66 "$AASIM" sweep plan nowhere.yaml -o sweep
    expect 0 "$AASIM" sweep --help
    contains "$output" "--shard" "--time-budget"
}

# Plays Slurm: runs the script as each task of the array, tells the first of them that its time is over.
@test "the Slurm script runs every shard, and puts back what was not done" {
    plan --shards 3
    expect 0 "$AASIM" sweep run sweep --print-sbatch -j 2
    contains "$output" "#SBATCH --array=0-2" "#SBATCH --cpus-per-task=2" "#SBATCH --signal=B:USR1@120" "#SBATCH --requeue"
    printf '%s\n' "$output" >sweep.sbatch
    bash -n sweep.sbatch
    mkdir bin
    printf '#!/bin/sh\necho "$@" >>%s/requeued\n' "$PWD" >bin/scontrol
    chmod +x bin/scontrol
    export PATH=$PWD/bin:$PATH SLURM_ARRAY_JOB_ID=77 SLURM_CPUS_PER_TASK=1 code=0
    SLURM_ARRAY_TASK_ID=0 bash sweep.sbatch &
    until_begun sweep/results/shard-0000.log
    kill -USR1 $!
    wait $! || code=$?
    [ "$code" -eq 75 ]
    [ "$(cat requeued)" = "requeue 77_0" ]
    for task in 0 1 2; do SLURM_ARRAY_TASK_ID=$task bash sweep.sbatch; done
    [ "$(wc -l <requeued)" -eq 1 ]
    expect_whole
}

@test "the merged file opens in h5py and in xarray with both engines" {
    /usr/bin/python3 - "$WHOLE" <<'PY'
import sys
import h5py
import xarray
file = h5py.File(sys.argv[1])
assert file.attrs["complete"] == 1
for engine in ("h5netcdf", "netcdf4"):
    for group in file:
        with xarray.open_dataset(sys.argv[1], group=group, engine=engine) as data:
            data.load()
    with xarray.open_dataset(sys.argv[1], group="summary", engine=engine) as summary:
        value = summary["value"].sel(metric="availability")
        assert value.dims == ("point",) and value.sizes["point"] == 24
        assert (summary["value_ci_low"].sel(metric="availability") <= value).all()
PY
}

# The median of latencies follows the work of a request; the length of a queue that is never long has nothing to say.
@test "which parameters matter: Sobol indices and screening" {
    for kind in saltelli morris; do
        cat >study.yaml <<YAML
title: What matters
topologies: $TINY/one.yaml
workloads: $TINY/load.yaml
set: [duration=3 min]
replications: 2
design: {kind: $kind, points: 128}
parameters:
  queue: {path: services.web.queue, from: 100, to: 200}
  work: {path: services.web.work, from: 1 ms, to: 40 ms}
YAML
        expect 0 "$AASIM" sweep plan study.yaml -o $kind
        expect 0 "$AASIM" sweep run $kind -q
        expect 0 "$AASIM" sweep merge $kind -o $kind.h5 -q
    done
    /usr/bin/python3 - <<'PY'
import h5py
def column(file, name):
    group = h5py.File(file)["sensitivity"]
    at = list(group["metric"].asstr()[:]).index("latency_p50_s")
    return dict(zip(group["parameter"].asstr()[:], group[name][0, at]))
first, total, low = (column("saltelli.h5", name) for name in ("first", "total", "total_ci_low"))
assert 0.9 < first["work"] < 1.1 and abs(first["queue"]) < 0.05, first
assert 0.9 < total["work"] < 1.1 and total["queue"] < 0.05 and low["work"] > 0.5, (total, low)
strength = column("morris.h5", "mu_star")
assert 0.03 < strength["work"] < 0.06 and strength["queue"] < 0.002, strength # from 1 to 40 ms
PY
}

@test "a virtual merge is the merged file in parts" {
    plan --shards 5
    for shard in 4 3 2 1 0; do expect 0 "$AASIM" sweep run sweep --shard "$shard" -q; done
    mkdir 'a % b' other
    expect 0 "$AASIM" sweep merge sweep -o 'a % b/virtual 1%.h5' --virtual -q
    [ "$(find 'a % b/virtual 1%.h5.parts' -name '*.h5' | wc -l)" -eq 5 ]
    h5dump -p -H -d /metrics/value 'a % b/virtual 1%.h5' | grep -q VIRTUAL
    cd other
    h5diff "$WHOLE" '../a % b/virtual 1%.h5'
    /usr/bin/python3 - "$WHOLE" '../a % b/virtual 1%.h5' <<'PY'
import glob
import sys
import xarray
for engine in "h5netcdf", "netcdf4":
    for group in "metrics", "latency":
        whole, virtual = (xarray.open_dataset(path, group=group, engine=engine) for path in sys.argv[1:])
        assert whole.identical(virtual), (engine, group)
for part in "0000", "0004": # each opens by itself, too
    path, = glob.glob(f"{glob.escape(sys.argv[2])}.parts/*/{part}.h5")
    data = xarray.open_dataset(path, group="metrics")
    assert (data.value == xarray.open_dataset(sys.argv[1], group="metrics").value.sel(
        point=data.point)).sum() > 100
PY
    cd ..
    sha256sum 'a % b'/*.h5 'a % b'/*/*/*.h5 >sums
    expect 0 "$AASIM" sweep merge sweep -o 'a % b/virtual 1%.h5' --virtual -q
    sha256sum --quiet -c sums
    expect 0 table 'a % b/virtual 1%.h5'
    cp -r 'a % b' damaged
    truncate -s 3000 damaged/*.parts/*/0001.h5
    expect 65 table 'damaged/virtual 1%.h5' # where HDF5 would show NaN
    contains "$errors" "needs a part that is damaged" "0001.h5 cannot be read"
    rm damaged/*.parts/*/0001.h5
    expect 65 table 'damaged/virtual 1%.h5'
    contains "$errors" "0001.h5, which is not there"
    mv sweep/results/shard-0001.log kept.log
    expect 75 "$AASIM" sweep merge sweep -o 'a % b/virtual 1%.h5' --virtual -q # and nothing is lost
    sha256sum --quiet -c sums
    expect 0 "$AASIM" sweep merge sweep -o 'a % b/virtual 1%.h5' --virtual --partial -q
    [ "$(find 'a % b/virtual 1%.h5.parts' -name '*.h5' | wc -l)" -eq 5 ] # the others are gone
    mv kept.log sweep/results/shard-0001.log
    expect 0 "$AASIM" sweep merge sweep -o 'a % b/virtual 1%.h5' --virtual -q
    sha256sum --quiet -c sums
    [ "$(find 'a % b/virtual 1%.h5.parts' -type d | wc -l)" -eq 2 ]
    touch file.h5.parts
    expect 73 "$AASIM" sweep merge sweep -o file.h5 --virtual
    contains "$errors" "file.h5.parts"
}

@test "help says which options each step takes" {
    expect 0 "$AASIM" sweep --help
    contains "$output" "  plan     --output --replications --threads --shards"
    contains "$output" "  all      --quiet --no-color --help"
    contains "$output" "  merge    --output --partial --virtual"
}

@test "a merge replaces results only" {
    plan
    expect 0 "$AASIM" sweep run sweep -q
    for file in sweep/plan.json sweep/results/all.log; do
        before=$(sha256sum "$file")
        expect 73 "$AASIM" sweep merge sweep -o "$file" -q
        contains "$errors" "exists and is no results file: choose another name"
        [ "$(sha256sum "$file")" = "$before" ]
    done
    expect 0 "$AASIM" sweep merge sweep -o merged.h5 -q
    expect 0 "$AASIM" sweep merge sweep -o merged.h5 -q
    cmp merged.h5 "$WHOLE"
}
