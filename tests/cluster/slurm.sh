#!/bin/bash
# A sweep on Slurm itself: munge, slurmctld and slurmd on this machine alone, an array job from --print-sbatch, one task
# told that its time is over and one killed, both put back into the queue, and the merged file compared with a local run.
# usage: tests/cluster/slurm.sh        (root; installs slurm-wlm and munge if they are missing)
set -eu
cd "$(dirname "$0")/../.."
AASIM=$(realpath "${AASIM:-build/aasim}")
[ -x "$AASIM" ] || make -s all
work=$(mktemp -d)
export SLURM_CONF=$work/slurm.conf
daemons=()
finish() {
    for pid in "${daemons[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait
    [ -n "${KEEP:-}" ] && echo "kept: $work" || rm -rf "$work"
}
trap finish EXIT

# Nothing is started by the packages themselves: the daemons here have a configuration of their own.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
.ci/install-packages slurm-wlm munge
rm -f /usr/sbin/policy-rc.d

node=$(hostname -s)
cat >"$SLURM_CONF" <<CONF
ClusterName=one
SlurmctldHost=$node(127.0.0.1)
SlurmUser=root
SlurmctldPort=16817
SlurmdPort=16818
AuthType=auth/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
KillWait=5
BatchStartTimeout=60
NodeName=$node NodeAddr=127.0.0.1 CPUs=$(nproc)
PartitionName=all Nodes=$node Default=YES MaxTime=INFINITE State=UP
CONF
mkdir -p "$work/state" "$work/spool" /run/munge /var/log/munge /var/lib/munge
chown munge: /run/munge /var/log/munge /var/lib/munge
pgrep -x munged >/dev/null || runuser -u munge -- munged
munge -n | unmunge >/dev/null
slurmctld -D >"$work/slurmctld.out" 2>&1 & daemons+=($!)
slurmd -D >"$work/slurmd.out" 2>&1 & daemons+=($!)
for _ in $(seq 60); do
    sinfo -h -o %T 2>/dev/null | grep -q idle && break
    sleep 1
done
sinfo -h -o %T | grep -q idle || { tail "$work"/*.log "$work"/*.out; exit 1; }
echo "slurm $(sinfo --version | cut -d' ' -f2) is up"

study=tests/cli/tiny/study.yaml
"$AASIM" sweep plan "$study" -o "$work/local" -r 500 >/dev/null
"$AASIM" sweep run "$work/local" -q
"$AASIM" sweep merge "$work/local" -o "$work/local.h5" -q
"$AASIM" sweep plan "$study" -o "$work/sweep" -r 500 --shards 4 >/dev/null
"$AASIM" sweep run "$work/sweep" --print-sbatch >"$work/sweep.sbatch"
job=$(cd "$work" && sbatch --parsable sweep.sbatch)
until squeue -h -t R -o %i | grep -q "^${job}_1$"; do sleep 0.2; done # and _0 before it
sleep 1
scontrol requeue "${job}_1" # as when its machine is taken away: killed, and put back
# As two minutes before its time is over. (scancel goes on trying while the task is being put back.)
timeout 5 scancel --signal=USR1 --batch "${job}_0" || true
deadline=$((SECONDS + 300))
while squeue -h -j "$job" 2>/dev/null | grep -q .; do
    [ "$SECONDS" -lt "$deadline" ] || { squeue; tail "$work"/sweep/results/*.out; exit 1; }
    # What was requeued waits two minutes for its turn unless released.
    squeue -h -j "$job" -t PD -o '%i %r' | awk '/BeginTime/ {print $1}' |
        while read -r id; do scontrol update jobid="$id" starttime=now || true; done
    sleep 1
done
grep -H 'tasks done' "$work"/sweep/results/slurm-*.out | sed 's|.*/slurm|slurm|'
for shard in 0 1; do # both were interrupted, and went on
    grep -q 'tasks done, 0 failed, [1-9][0-9]* left' "$work/sweep/results/slurm-$shard.out"
    grep -q 'tasks done, 0 failed, 0 left' "$work/sweep/results/slurm-$shard.out"
done
"$AASIM" sweep status "$work/sweep"
"$AASIM" sweep merge "$work/sweep" -o "$work/sweep.h5" -q
cmp "$work/local.h5" "$work/sweep.h5"
echo "the array job's file is the local one's, byte for byte"
