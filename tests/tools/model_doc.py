#!/usr/bin/python3
"""Makes docs/model.md from the comments that begin the model's header files.

The comments are the one place that says what the real systems do, what is modelled and what is left out; this page only
puts them in reading order. `model_doc.py` writes the page, `model_doc.py --check` fails when it is out of date.
"""
import pathlib
import re
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "model.md"

INTRO = """# What is modelled, and what is left out

Each part of the model says here what the real system does, what of it is modelled, what is left out, and which settings
matter. The text is that of the header files in `sim/model/` (`make docs` puts it together), so that it stands
beside the code it speaks of. The list of everything that can happen is `sim/model/events.h`; all settings with defaults
and their sources are in [scenario-files.md](scenario-files.md).

A request's way: a user in a **population** wants something; without an open connection the name is resolved (**resolver**,
**authority**), a connection is made to a node of the region's **balancer**, which forwards to a zone's **pool** of
servers; the service calls other services through their balancers, and stores at the **replica** of its region, or a
**cache** in front of it. Health **checkers** watch the endpoints from outside, balancers their targets from inside. Every
message takes the network's time (**net**); what a part knows is what has reached it. What holds for the whole model is in [limits.md](limits.md).
"""

PARTS = [
    ("Users", ["demand", "population", "session", "connection", "connectionpool", "retry", "hedge", "breaker", "namecache"]),
    ("Network", ["net"]),
    ("Names and steering", ["resolver", "authority", "recordset", "edge", "endpoint", "frontend", "spillover", "location", "check", "checker", "foresight", "calm", "alarm", "meter"]),
    ("Inside a region", ["balancer", "targetgroup", "cookie", "targetprobe", "strain", "anomaly", "flow", "registration", "zoneshift", "pool", "callretry", "station"]),
    ("Data", ["store", "replica", "reading", "guarantee", "throughput", "partitions", "peak", "condition", "items", "horizon", "copy", "unseen", "replication", "pipe", "leadership", "commit", "position", "handover", "accesspoint", "quorum", "quorumset", "handoff", "holders", "rival", "intent", "lease", "consensus", "election", "heartbeat", "raftlog", "appending", "readindex", "finallog", "cluster", "clusterpart", "fates", "cache", "cachefeed", "lru", "fetches", "hitlog", "recovery", "settlement", "remains", "version", "popularity"]),
    ("Faults and operators", ["fault", "timeline", "drain", "action"]),
]


def comment(name):
    """The comment lines before `#pragma once`, without the slashes."""
    text = (ROOT / "sim" / "model" / f"{name}.h").read_text(encoding="utf-8")
    head = text.split("#pragma once")[0]
    return [re.sub(r"^// ?", "", line) for line in head.strip().splitlines()]


LEADS = (r"(What (?:real|the real|they|Route|Application|Network|Elastic|Global)[^.:(]*? do(?:es)?(?: \([^)]*\))?[.:]"
         r"|Modelled(?: for every store)?:|By mode:|Left out:|How it is computed:|Knobs(?: that matter)?:)")


def section(name):
    text = " ".join(line.strip() for line in comment(name) if line.strip())
    heading, body = re.match(r"(.*?)\.(?: |$)(.*)", text).groups()
    body = re.sub(r"(?:^|(?<=\. ))" + LEADS, r"\n\n**\1**", body)
    paragraphs = [textwrap.fill(p.strip(), 118, break_on_hyphens=False) for p in body.split("\n\n") if p.strip()]
    head = [f"### {heading}", f"`sim/model/{name}.h`"]
    return "\n\n".join(head + paragraphs) + "\n"


def page():
    parts = [INTRO]
    for title, names in PARTS:
        parts.append(f"## {title}\n")
        parts += [section(name) for name in names]
    return "\n".join(parts)


def main():
    text = page()
    if "--check" not in sys.argv:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    print("docs/model.md is not what the headers of sim/model/ say: run `make docs`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
