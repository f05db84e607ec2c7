#!/usr/bin/env python3
"""Runs the troupe binary as a user would, on the cases in the folders beside this file.

A case is a folder with expect.json:
  description   what must happen, in words
  setup         generated inputs, by name (below)
  args          arguments; {out} is the output folder, {cwd} the folder with the inputs
  exit          exit code
  stderr_matches  regex that the one line of error (or the warnings) must match
  stdout_json   subset of the JSON on stdout; {"min": a, "max": b} bounds a number, {"matches": regex} a string
  outputs       names that must exist in the output folder; nothing else may
  needs         models | ffmpeg | tmpfs: without it the case is skipped, saying why (exit 77)
  models        absent | corrupt:<path in the models folder> (cut in half) | text:<path> (prose in its place): what
                TROUPE_MODELS points at
  chatterbox    tiny | corrupt:<path> | text:<path> | flip:<path>: the checked-in tiny model is installed as well, whole or with
                one file cut, replaced by prose, or of the right size with wrong bytes
  fifos         names in the output folder that are named pipes
  env           further variables
  before        {"args": [...], "signal": "SIGKILL"}: a run before, ended by the signal once it has a temp output
  signal        the same for the run itself, such as "SIGINT"
  stdout_to     a file such as /dev/full that takes the place of stdout
and optionally job.json and other files, copied to where the case runs. setup knows
  {"tone_s": s}                 hum with pauses, 16-bit 24 kHz mono WAV; "hz", "silent": true, "channels"
  {"text": "..."} {"bytes_hex": "..."} {"json": ...}
  {"segments": n, ...}          a job of n segments of 10 ms ("source", "to", "speakers", "text" x "repeat")
  {"truncate": name, "keep": fraction} of an earlier input
  {"ffmpeg": [arguments]}       writes the named file
After each case the temp folder is empty and the output folder holds what `outputs` names.
"""

import argparse
import contextlib
import json
import math
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import wave
from pathlib import Path

HERE = Path(__file__).resolve().parent
TINY_CHATTERBOX = HERE.parent / "data" / "chatterbox" / "tiny"
SKIPPED = 77


class Skip(Exception):
    pass


def write_tone(path, spec):
    rate, hz = 24000, spec.get("hz", 160)
    frames = bytearray()
    for i in range(int(spec["tone_s"] * rate)):
        # One second on, a quarter off: enough silence to measure noise against.
        loud = not spec.get("silent") and i % (rate * 5 // 4) < rate
        value = sum(math.sin(2 * math.pi * hz * k * i / rate) / k for k in range(1, 6)) if loud else 0
        sample = int(6000 * value) + (i * 7919 % 13 - 6)
        frames += struct.pack("<h", 0 if spec.get("silent") else sample) * spec.get("channels", 1)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(spec.get("channels", 1))
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(bytes(frames))


def write_segments(path, spec):
    speakers = spec.get("speakers", 1)
    segments = [{"speaker_id": f"S{i % speakers}", "start_ms": 10 * i, "end_ms": 10 * i + 10,
                 "translated_text": spec.get("text", "") * spec.get("repeat", 1)} for i in range(spec["segments"])]
    path.write_text(json.dumps({"source_audio": spec["source"], "target_language": spec.get("to", "fr"),
                                "segments": segments}))


def make_input(path, spec):
    path.parent.mkdir(parents=True, exist_ok=True)
    if "tone_s" in spec:
        write_tone(path, spec)
    elif "text" in spec and "segments" not in spec:
        path.write_text(spec["text"], encoding="utf-8")
    elif "bytes_hex" in spec:
        path.write_bytes(bytes.fromhex(spec["bytes_hex"]))
    elif "json" in spec:
        path.write_text(json.dumps(spec["json"]))
    elif "segments" in spec:
        write_segments(path, spec)
    elif "truncate" in spec:
        data = (path.parent / spec["truncate"]).read_bytes()
        path.write_bytes(data[:int(len(data) * spec["keep"])])
    elif "ffmpeg" in spec:
        command = ["ffmpeg", "-v", "error", "-y", *spec["ffmpeg"], str(path)]
        subprocess.run(command, check=True, cwd=path.parent, stdin=subprocess.DEVNULL)
    else:
        raise ValueError(f"setup of {path.name}: unknown {spec}")


def default_models():
    if os.environ.get("TROUPE_MODELS"):
        return Path(os.environ["TROUPE_MODELS"])
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(data) / "troupe" / "models"


def check_needs(needs):
    if "models" in needs and not (default_models() / "ge2e" / "ge2e.onnx").exists():
        raise Skip(f"no models in {default_models()}; run: troupe models fetch, or set TROUPE_MODELS")
    if "ffmpeg" in needs and not shutil.which("ffmpeg"):
        raise Skip("ffmpeg is not installed; run: apt-get install ffmpeg")


def place_models(kind, work):
    """The models folder of a case: the real one, an empty one, or links with one file spoilt."""
    if kind is None:
        return default_models()
    fake = work / "models"
    fake.mkdir()
    if ":" in kind:
        how, spoilt = kind.split(":", 1)
        for source in default_models().rglob("*"):
            target = fake / source.relative_to(default_models())
            if source.is_dir():
                target.mkdir(exist_ok=True)
            elif str(source.relative_to(default_models())) == spoilt:
                content = source.read_bytes()
                target.write_bytes(content[:len(content) // 2] if how == "corrupt" else b"This is no model.\n" * 1000)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(source)
    return fake


def place_chatterbox(kind, models, work):
    """A models folder that has the tiny Chatterbox too: a copy, since cases spoil it."""
    both = work / "models"
    if models != both:
        both.mkdir()
        for entry in models.iterdir() if models.is_dir() else []:
            (both / entry.name).symlink_to(entry)
    (both / "chatterbox").unlink(missing_ok=True)  # of this machine
    shutil.copytree(TINY_CHATTERBOX, both / "chatterbox")
    if kind != "tiny":
        how, spoilt = kind.split(":", 1)
        target = both / "chatterbox" / spoilt
        content = target.read_bytes()
        target.write_bytes({"corrupt": content[:len(content) // 2], "text": b"This is no model.\n" * 1000,
                            "flip": bytes(255 - b for b in content)}[how])
    return both


def mount_tmpfs(folder, size):
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        raise Skip("a small tmpfs cannot be mounted; run as root to test a full disk")


def subset_errors(expected, found, where="stdout"):
    if isinstance(expected, dict) and ("min" in expected or "max" in expected):
        good = isinstance(found, (int, float)) and expected.get("min", -math.inf) <= found <= expected.get("max", math.inf)
        return [] if good else [f"{where}: {found} is not in {expected}"]
    if isinstance(expected, dict) and "matches" in expected:
        return [] if re.search(expected["matches"], str(found)) else [f"{where}: {found!r} does not match {expected['matches']!r}"]
    if isinstance(expected, dict):
        if not isinstance(found, dict):
            return [f"{where}: {found!r} is no object"]
        return [e for key, value in expected.items()
                for e in (subset_errors(value, found[key], f"{where}.{key}") if key in found else [f"{where}.{key}: is missing"])]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [e for i, (a, b) in enumerate(zip(expected, found)) for e in subset_errors(a, b, f"{where}[{i}]")]
    return [] if expected == found else [f"{where}: {found!r} instead of {expected!r}"]


def names_below(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def check_stderr(expect, result):
    errors = []
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    if expect["args"][:1] == ["doctor"]:
        return errors  # its findings are its output
    if expect["exit"] in (2, 3) and len(lines) != 1:
        errors.append(f"stderr has {len(lines)} lines, a refusal is one")
    if result.returncode not in (0, 4) and sum(line.startswith("troupe: error: ") for line in lines) != 1 and "--json" not in expect["args"]:
        errors.append("stderr has no line, or more than one, that begins with 'troupe: error: '")
    pattern = expect.get("stderr_matches")
    if pattern and not any(re.search(pattern, line) for line in lines):
        errors.append(f"no line of stderr matches {pattern!r}")
    return errors


def run_troupe(command, inputs, environment, out, signal_name, stdout_to):
    """Runs the binary; with a signal, sends it as soon as a temp output shows that the job is under way."""
    with open(stdout_to, "w") if stdout_to else contextlib.nullcontext(subprocess.PIPE) as stdout:
        process = subprocess.Popen(command, cwd=inputs, env=environment, stdin=subprocess.DEVNULL, stdout=stdout,
                                   stderr=subprocess.PIPE, text=True, errors="replace")
        if signal_name:
            deadline = time.monotonic() + 60
            while process.poll() is None and not list(out.glob(".*.tmp")) and time.monotonic() < deadline:
                time.sleep(0.02)
            process.send_signal(getattr(signal, signal_name))
        try:
            found, errors = process.communicate(timeout=110)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, found or "", errors)


def run_case(name, troupe, work):
    folder = HERE / name
    expect = json.loads((folder / "expect.json").read_text(encoding="utf-8"))
    check_needs(expect.get("needs", []))
    inputs, out, temp = work / "in", work / "out", work / "tmp"
    inputs.mkdir()
    if "out_tmpfs" in expect:
        mount_tmpfs(out, expect["out_tmpfs"])
    else:
        out.mkdir()
    if "temp_tmpfs" in expect:
        mount_tmpfs(temp, expect["temp_tmpfs"])
    else:
        temp.mkdir()
    for file in folder.iterdir():
        if file.name != "expect.json":
            shutil.copy(file, inputs / file.name)
    for target, spec in expect.get("setup", {}).items():
        make_input(inputs / target, spec)
    inputs_before = names_below(inputs)

    models = place_models(expect.get("models"), work)
    if "chatterbox" in expect:
        models = place_chatterbox(expect["chatterbox"], models, work)
    environment = {**os.environ, "TMPDIR": str(temp), "TROUPE_VOICES": str(work / "voices"),
                   "XDG_CACHE_HOME": str(work / "cache"), "LC_ALL": "C.UTF-8",
                   "TROUPE_MODELS": str(models), **expect.get("env", {})}

    def run(args, signal_name, stdout_to):
        given = [a.replace("{out}", str(out)).replace("{cwd}", str(inputs)) for a in args]
        return given, run_troupe([troupe, *given], inputs, environment, out, signal_name, stdout_to)

    errors = []
    if "before" in expect:
        run(expect["before"]["args"], expect["before"]["signal"], None)
        if not list(out.glob(".*.tmp")) or not list(temp.glob("*/job-*")):
            errors.append("the run before left nothing that could be cleaned up")
    for pipe in expect.get("fifos", []):
        os.mkfifo(out / pipe)
    arguments, result = run(expect["args"], expect.get("signal"), expect.get("stdout_to"))

    if result.returncode != expect["exit"]:
        errors.append(f"exit {result.returncode} instead of {expect['exit']}")
    errors += check_stderr(expect, result)
    if "stdout_matches" in expect and not re.search(expect["stdout_matches"], result.stdout):
        errors.append(f"stdout does not match {expect['stdout_matches']!r}")
    if "stdout_json" in expect:
        try:
            errors += subset_errors(expect["stdout_json"], json.loads(result.stdout))
        except ValueError as error:
            errors.append(f"stdout is no JSON: {error}")
    if names_below(out) != sorted(expect.get("outputs", [])):
        errors.append(f"output folder holds {names_below(out)} instead of {sorted(expect.get('outputs', []))}")
    if names_below(inputs) != inputs_before:
        errors.append(f"beside the inputs: {sorted(set(names_below(inputs)) - set(inputs_before))}")
    left = [str(p.relative_to(temp)) for p in temp.rglob("*") if p.name != f"troupe-{os.geteuid()}"]
    if left:
        errors.append(f"temp folder holds {left}")
    if errors:
        print(f"FAIL {name}: {expect['description']}")
        for error in errors:
            print("  " + error)
        print("  command: troupe " + " ".join(arguments))
        print("  stdout: " + result.stdout[-2000:] + "\n  stderr: " + result.stderr[-2000:])
    return not errors


def main():
    parser = argparse.ArgumentParser(description="Data-driven cases of the troupe binary.")
    parser.add_argument("--troupe", required=True, help="the binary")
    parser.add_argument("names", nargs="*", help="cases; default: all")
    options = parser.parse_args()
    names = options.names or sorted(p.parent.name for p in HERE.glob("*/expect.json"))
    failed = skipped = 0
    for name in names:
        work = Path(tempfile.mkdtemp(prefix="troupe-case-"))
        try:
            good = run_case(name, str(Path(options.troupe).resolve()), work)
            failed += not good
            print(f"{'ok  ' if good else 'FAIL'} {name}", flush=True)
        except Skip as reason:
            skipped += 1
            print(f"SKIP {name}: {reason}", flush=True)
        finally:
            for mounted in (work / "out", work / "tmp"):
                if mounted.is_mount():
                    subprocess.run(["umount", str(mounted)], check=False)
            shutil.rmtree(work, ignore_errors=True)
    print(f"{len(names)} cases, {failed} failed, {skipped} skipped")
    return 1 if failed else SKIPPED if skipped == len(names) else 0


if __name__ == "__main__":
    sys.exit(main())
