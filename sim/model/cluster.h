// Cluster: a database's instances and storage inside one region, and what it can do while some
// fail.
//
// What real systems do. RDS Multi-AZ keeps a standby in another zone that serves nothing until it
// takes over, 60 to 120 s after the failure; a Multi-AZ cluster has two readable standbys and takes
// less than 35 s (RDS User Guide). Aurora's instances share one volume of six copies, two in each
// of three zones: a write needs four of them and recovery three, so that it outlasts a zone for
// writes and a zone with one copy more for reads ("AZ+1"); a lost copy of a 10 GB segment is made
// anew in about 10 s (Verbitski et al., SIGMOD 2017). With a reader Aurora's failover takes often
// less than 30 s; without one a new writer is made, in less than 10 min (Aurora User Guide, high
// availability). Connections are refused or reset meanwhile; clients that wait for packets of a
// dead zone's instance, or for its DNS name's TTL of 5 s, see that as part of the failover.
//
// Modelled: instances in zones in turn, the first is the writer. A zone without power takes its
// instances and copies with it; with only a share of its servers left, each of them is among these
// with that probability; a region's faults are its zones'. Instances and copies fail by themselves
// at random as well. When the writer fails, the first of the other instances that is up when the
// failover's time is over takes writes; there is no failback. An instance that failed is up again,
// in its zone when that has power, after a time to restart. A single instance on shared storage is
// made anew in another zone when its own is lost. Without a writer there are no writes, and no
// reads but from readable instances; without a write or read quorum of copies likewise. What cannot
// be done is refused at once and counts as unavailable, writes under way fail. Readers that are
// lost take their share of the servers with them. A region that fails over, restarts, or can only
// read is not missed by followers elsewhere (leadership.h); one with no power for any instance, or
// too few copies for reads and writes, refuses everything as a store that is down does, and is.
// Followers' regions need no writer to send writes on.
//
// Left out: a volume of many segments that lose their quorums one by one (all are one here);
// copies moved to other zones while theirs is lost; which instance serves an operation (they are
// one queue, and what is under way at a reader that is lost goes on); writers that fail over when
// only their network is slow or lossy; planned failovers; caches that are cold afterwards;
// synchronous commits to a standby, whose time is part of write_time; the control plane that
// launches instances. What other regions send is taken while there is no writer or write quorum,
// too. Knobs: instances, writer_zone, readable, failover, restart, failures, storage.
//
// How it is computed: faults of zones are known for the whole run before it starts (fault.h), and
// so is all that follows here: a walk over a region's zones and the cluster's own failures, drawn
// from streams of the replica's name, gives spans of time that become part of the replica's
// timeline.
#pragma once

#include <stdbool.h>

#include "base/base.h"
#include "model/timeline.h"

struct world;

// Adds what befalls the clusters to their replicas' timelines: after the zones' are sealed, before
// the replicas' are.
void cluster_open(struct world *w);
void cluster_close(struct world *w);

// Whether the cluster cannot serve an operation now. Writes that a follower only sends on (commits
// is false) need an instance, but no writer.
static inline bool cluster_lacks(const struct fault_state *s, bool is_write, bool commits)
{
    if (LIKELY(!s->no_writes && !s->no_reads))
        return false;
    return is_write && commits ? s->no_writes : s->no_reads;
}
