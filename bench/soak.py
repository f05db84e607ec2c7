#!/usr/bin/env python3
"""Many jobs one after another: peak memory, temp files and the voice cache must not grow (spec M4, section 6).

Every job is a process of its own. Its peak memory is the kernel's (wait4); its temp files are looked for in a private $TMPDIR, beside
its output and in the cache folder. Exit 1 when anything is left behind, or memory of the last quarter exceeds the second by 10 %.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "demo"))
from make_recording import make_recording  # noqa: E402

GROWTH = 1.10   # page cache and allocator noise between equal jobs stays below a few per cent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=20)
    parser.add_argument("--job", type=Path, help="default: the demo's conversation")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name in ("tmp", "out", "cache", "source"):
            (place / name).mkdir()
        job = options.job or make_recording(place / "source")["en"]
        return soak(job.resolve(), place, options.jobs)


def soak(job: Path, place: Path, count: int) -> int:
    environment = os.environ | {"TMPDIR": str(place / "tmp"), "XDG_CACHE_HOME": str(place / "cache")}
    memory, disk, failures = [], [], []
    for number in range(count):
        track = place / "out" / "track.wav"
        process = subprocess.Popen([ROOT / "build" / "troupe", "dub", job, "-o", track], env=environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        message = process.stderr.read().decode(errors="replace").strip()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            failures.append(f"job {number}: status {process.returncode}: {message}")
        memory.append(usage.ru_maxrss / 1024)
        disk.append(sum(p.stat().st_size for p in (place / "cache").rglob("*") if p.is_file()) / 1e6)
        strays = [p for p in (place / "tmp").iterdir()] + [p for p in (place / "out").iterdir() if p != track]
        strays += [p for p in (place / "cache").rglob("job-*")]
        failures += [f"job {number}: left {p.relative_to(place)}" for p in strays]
        print(f"job {number}: peak {memory[-1]:.0f} MiB, {usage.ru_utime + usage.ru_stime:.1f} CPU s, cache {disk[-1]:.1f} MB", flush=True)
    quarter = max(1, count // 4)
    early, late = statistics.median(memory[quarter:2 * quarter] or memory), statistics.median(memory[-quarter:])
    if late > early * GROWTH:
        failures.append(f"memory grows: {early:.0f} -> {late:.0f} MiB")
    if count > 1 and disk[-1] > disk[1] * 1.01 + 1:
        failures.append(f"the cache grows for the same job: {disk[1]:.1f} -> {disk[-1]:.1f} MB")
    print(f"{count} jobs: peak memory {early:.0f} -> {late:.0f} MiB, cache {disk[0]:.1f} -> {disk[-1]:.1f} MB")
    for line in failures[:20]:
        print("MISSED " + line)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
