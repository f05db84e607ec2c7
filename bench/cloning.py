#!/usr/bin/env python3
"""Does a clone sound like its person? Made and spoken by the shipped program, judged on speech of the person that it was not made from.

People: people.py. Each speaks two of the texts of sentences.py (about 10 s), other ones than their neighbours. Printed per row, mean and
lowest over the people: GE2E cosine of that speech, joined and by sentence, to the judge; how many are nearer to their own person than to
any other; and, from measures that took no part in learning, distance of the long-term spectra (third octaves, 100 Hz to 8 kHz, level taken
out) and of the median pitch. Arguments: --tables, --people, --rows; all is about an hour and a half on 2 cores.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from kokoro_parity import SpeakerEncoder, default_folder
from people import Person, held_out, scenario_people, write_wav
from scenarios import ROOT, TROUPE
from sentences import sentences
from track import RATE_HZ, decode

sys.path.insert(0, str(ROOT / "tools"))
from train_pitch import median_f0  # noqa: E402

MODELS = default_folder()
TABLES = ("main", "languages", "conditions", "words", "cost")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", default=",".join(TABLES), help="default: %(default)s")
    parser.add_argument("--people", type=int, default=30, help="of data/speakers; the four of the scenarios come on top (default: %(default)s)")
    parser.add_argument("--rows", default="own,preset,mix,fast,balanced,best", help="of the main table (default: %(default)s)")
    options = parser.parse_args()
    encoder = SpeakerEncoder(MODELS)
    tables = options.tables.split(",")
    with tempfile.TemporaryDirectory() as work:
        os.environ["XDG_DATA_HOME"] = work   # voices go there; the models stay where they are
        os.environ["XDG_CACHE_HOME"] = str(Path(work) / "cache")   # nobody's voice from an earlier run
        os.environ["TROUPE_MODELS"] = str(MODELS)
        bench = Bench(Path(work), encoder)
        people = bench.accepted(held_out(encoder, options.people) + scenario_people(encoder))
        if not people:
            return 0
        print(f"{len(people)} people, reference {mean_seconds(p.reference for p in people):.1f} s, judge {mean_seconds(p.judge for p in people):.1f} s")
        if "main" in tables:
            main_table(bench, people, options.rows.split(","))
        if "languages" in tables:
            languages_table(bench, people[-8:])
        if "conditions" in tables:
            conditions_table(bench, encoder)
        if "words" in tables:
            words_table(bench, people)
        if "cost" in tables:
            cost_table(bench, people[:3])
    return 0


class Bench:
    """Makes voices and speaks with them, two at a time; what was spoken is kept for other tables."""

    def __init__(self, work: Path, encoder: SpeakerEncoder):
        self.work, self.encoder = work, encoder

    def create(self, name: str, recording: Path, effort: str, language: str = "en") -> subprocess.CompletedProcess:
        return subprocess.run([TROUPE, "voice", "create", name, "--from", recording, "--to", language, "--consent", "--clone-effort", effort, "--replace", "--json"],
                              capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)

    def accepted(self, people: list[Person]) -> list[Person]:
        """Those whose reference the quality gate takes; a refusal is printed and not scored."""
        made = self.everyone(people, lambda i: self.create(f"gate{i}", self.recording(people[i]), "fast"))
        for done in made:
            if done.returncode != 0:
                print(f"refused: {done.stderr.strip().splitlines()[-1]}")
        return [person for person, done in zip(people, made) if done.returncode == 0]

    def recording(self, person: Person) -> Path:
        return write_wav(person.reference, self.work / (re.sub(r"\W", "_", person.name) + ".wav"))

    def speak(self, voice: str, texts: list[str], language: str = "en") -> list[np.ndarray]:
        spoken = []
        for text in texts:
            # Two may speak in one voice at a time.
            out = self.work / f"{voice}-{hashlib.sha256(text.encode()).hexdigest()[:16]}-spoken.wav"
            subprocess.run([TROUPE, "speak", text, "--voice", voice, "--to", language, "-o", out], check=True, capture_output=True, stdin=subprocess.DEVNULL)
            spoken.append(decode(out))
        return spoken

    def everyone(self, people: list, say) -> list:
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(say, range(len(people))))

    def cloned(self, people: list[Person], effort: str, language: str = "en") -> list[list[np.ndarray]]:
        def one(i: int) -> list[np.ndarray]:
            voice = f"{effort}{language}{i}"
            self.create(voice, self.recording(people[i]), effort, language).check_returncode()
            return self.speak(voice, texts_of(i, language), language)
        return self.everyone(people, one)


def texts_of(person: int, language: str = "en") -> list[str]:
    texts = sentences(language)
    return [texts[(2 * person + k) % len(texts)] for k in range(2)]


def mean_seconds(pieces) -> float:
    return float(np.mean([len(piece) for piece in pieces])) / RATE_HZ


def main_table(bench: Bench, people: list[Person], rows: list[str]) -> None:
    print("\n" + HEADER)
    presets = preset_traits()
    for name in rows:
        if name == "own":
            row(bench, "the person's own reference", people, [[p.reference] for p in people])
        elif name == "preset":
            row(bench, "nearest preset", people, bench.everyone(people, lambda i: bench.speak(nearest(presets, people[i].own), texts_of(i))))
        elif name == "mix":
            row(bench, "mix of presets", people, bench.everyone(people, lambda i: bench.speak(mixed_voice(bench, i, mix(presets, people[i].own)), texts_of(i))))
        else:
            row(bench, f"clone, {name}", people, bench.cloned(people, name))


HEADER = f"{'':28s} joined mean/lowest  sentence mean/lowest  own person  spectrum dB mean/most  pitch semitones median/most  within 1"


def row(bench: Bench, title: str, people: list[Person], spoken: list[list[np.ndarray]]) -> float:
    scores = np.stack([bench.encoder(np.concatenate(s)) for s in spoken]) @ np.stack([p.embedding for p in people]).T
    joined = np.diag(scores)
    single = np.array([bench.encoder(sentence) @ p.embedding for p, s in zip(people, spoken) for sentence in s])
    spectrum = np.array([spectral_distance(np.concatenate(s), p.judge) for p, s in zip(people, spoken)])
    pitch = np.array([abs(12 * np.log2(median_f0(np.concatenate(s)) / median_f0(p.reference))) for p, s in zip(people, spoken)])
    print(f"{title:28s} {joined.mean():.3f} / {joined.min():.3f}       {single.mean():.3f} / {single.min():.3f}         "
          f"{100 * np.mean(scores.argmax(axis=1) == np.arange(len(people))):3.0f} %       {spectrum.mean():4.1f} / {spectrum.max():4.1f}            "
          f"{np.median(pitch):.2f} / {pitch.max():.2f}                  {100 * np.mean(pitch <= 1):3.0f} %", flush=True)
    return float(joined.mean())


def spectral_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Root mean square in dB over third octaves, after taking out the mean."""
    difference = third_octaves(a) - third_octaves(b)
    return float(np.sqrt(np.mean((difference - difference.mean()) ** 2)))


def third_octaves(samples: np.ndarray) -> np.ndarray:
    frames = np.lib.stride_tricks.sliding_window_view(samples, 1200)[::600] * np.hanning(1200)
    power = np.abs(np.fft.rfft(frames)) ** 2
    power = power[power.sum(axis=1) > power.sum(axis=1).max() / 10 ** 2.5]
    hz = np.fft.rfftfreq(1200, 1 / RATE_HZ)
    centres = 100 * 10 ** (np.arange(20) / 10)
    return np.array([10 * np.log10(power[:, (hz >= c / 1.122) & (hz < c * 1.122)].mean() + 1e-12) for c in centres])


def languages_table(bench: Bench, people: list[Person]) -> None:
    print(f"\nbalanced, {len(people)} of them, in other languages\n{HEADER}")
    for language in ("fr", "es", "it"):
        row(bench, language, people, bench.cloned(people, "balanced", language))


def conditions_table(bench: Bench, encoder: SpeakerEncoder) -> None:
    """The scenarios' four: they have enough speech for a reference of 15 s and a judge of its own."""
    print(f"\nbalanced, the scenarios' four, references as they come\n{HEADER}")
    people = scenario_people(encoder, 15)
    clean = None
    for title, output, change in CONDITIONS:
        files = [write_wav(change(p.reference, people, i), bench.work / f"condition{i}.{'mp3' if 'libmp3lame' in output else 'wav'}", *output)
                 for i, p in enumerate(people)]
        made = bench.everyone(people, lambda i: bench.create(f"condition{i}", files[i], "balanced"))
        if refused := [m.stderr.strip().splitlines()[-1].split(": ", 2)[-1] for m in made if m.returncode != 0]:
            print(f"{title:28s} refused {len(refused)} of {len(made)}: {refused[0]}")
            continue
        mean = row(bench, title, people, bench.everyone(people, lambda i: bench.speak(f"condition{i}", texts_of(i))))
        clean = mean if clean is None else clean
        print(f"{'':28s} loss {clean - mean:+.3f}")


def seconds(length: float):
    return lambda samples, people, i: samples[:int(length * RATE_HZ)]


def noisy(snr_db: float):
    def change(samples, people, i):
        noise = np.random.default_rng(i).standard_normal(len(samples) + 2 * RATE_HZ)
        padded = np.concatenate([np.zeros(RATE_HZ), samples, np.zeros(RATE_HZ)])   # a second of the room before and after
        return padded + noise * np.sqrt(np.mean(samples ** 2) / 10 ** (snr_db / 10))
    return change


def second_voice(samples, people, i):
    """Another person instead, in the last tenth."""
    other = people[(i + 1) % len(people)].judge
    tenth = len(samples) // 10
    return np.concatenate([samples[:-tenth], other[:tenth]])


CONDITIONS = (("12 s", (), seconds(12)), ("15 s", (), seconds(15)), ("6 s", (), seconds(6)), ("3 s", (), seconds(3)),
              ("telephone (8 kHz, 300-3400)", ("-af", "highpass=300,lowpass=3400", "-ar", "8000"), seconds(12)),
              ("noise, SNR 20 dB", (), lambda *a: noisy(20)(seconds(12)(*a), *a[1:])),
              ("noise, SNR 12 dB", (), lambda *a: noisy(12)(seconds(12)(*a), *a[1:])),
              ("noise, SNR 8 dB", (), lambda *a: noisy(8)(seconds(12)(*a), *a[1:])),
              ("mp3, 32 kbit/s", ("-ar", "16000", "-c:a", "libmp3lame", "-b:a", "32k"), seconds(12)),
              ("a second voice in 10 %", (), lambda *a: second_voice(seconds(12)(*a), *a[1:])))


def words_table(bench: Bench, people: list[Person]) -> None:
    """40 sentences, each by another person's clone (balanced), beside the preset that is understood best."""
    from wer import errors, recogniser, transcribe, words
    ears = recogniser()
    texts = sentences("en")

    def rate(title: str, voice_of) -> None:
        spoken = bench.everyone(texts, lambda i: bench.speak(voice_of(i), [texts[i]])[0])
        wrong = sum(errors(words(text), words(transcribe(ears, samples))) for text, samples in zip(texts, spoken))
        total = sum(len(words(text)) for text in texts)
        print(f"{title:28s} word error rate {100 * wrong / total:.1f} % ({wrong} of {total} words)", flush=True)

    print()
    for preset in ("af_heart", "af_bella", "am_michael"):
        rate(f"preset {preset}", lambda i: preset)
    bench.everyone(people, lambda i: bench.create(f"words{i}", bench.recording(people[i]), "balanced").check_returncode())
    rate("clones, balanced", lambda i: f"words{i % len(people)}")


def cost_table(bench: Bench, people: list[Person]) -> None:
    """One after another, on an otherwise idle machine. What `fast` takes beside its own few milliseconds is start-up and the reference."""
    print("\nseconds for `voice create`, start-up and the reference's embedding included")
    for effort in ("fast", "balanced", "best"):
        taken = []
        for person in people:   # a little less of each, so that no voice is stored yet
            recording = write_wav(person.reference[RATE_HZ // 100:], bench.work / "cost.wav")
            start = time.perf_counter()
            done = bench.create("cost", recording, effort)
            taken.append((time.perf_counter() - start, json.loads(done.stdout)["made_in_ms"] / 1000))
        whole, own = np.median(np.array(taken), axis=0)
        print(f"{effort:10s} {whole:5.1f}, of which the clone {own:5.2f} (median of {len(people)})", flush=True)


def preset_traits() -> dict:
    """Embeddings of the presets, as the program knows them."""
    text = (ROOT / "src" / "speech" / "kokoro" / "kokoro_presets.inc").read_text(encoding="utf-8")
    found = re.findall(r'\{"(\w+)", [\d.]+f, \{([\d,\s]+)\}\}', text)
    traits = {name: np.array([int(x) for x in numbers.replace("\n", "").split(",") if x.strip()], dtype=float) for name, numbers in found}
    return {name: e / np.linalg.norm(e) for name, e in traits.items() if name[0] in "ab"}


def nearest(presets: dict, person: np.ndarray) -> str:
    return max(presets, key=lambda name: presets[name] @ person)


def mix(presets: dict, person: np.ndarray) -> dict:
    """Shares of the presets, none negative, whose embeddings add up nearest to the person's (projected gradient)."""
    matrix = np.stack(list(presets.values()))
    share = np.full(len(matrix), 1 / len(matrix))
    for _ in range(3000):
        share = np.maximum(0, share - 0.02 * (matrix @ (share @ matrix - person)))
    return dict(zip(presets, share / share.sum()))


def mixed_voice(bench: Bench, person: int, shares: dict) -> str:
    """A stored voice with the mean of the presets' styles, in the form of docs/formats/voice.md."""
    name = f"mix{person}"
    folder = bench.work / "troupe" / "voices" / name
    shutil.copytree(bench.work / "troupe" / "voices" / "gate0", folder)
    style = sum(share * np.fromfile(MODELS / "kokoro" / "voices" / f"{preset}.bin", "<f4").reshape(510, 256) for preset, share in shares.items())
    old = (folder / "conditionals.safetensors").read_bytes()
    about = json.loads(old[8:8 + struct.unpack("<Q", old[:8])[0]])["__metadata__"]
    header = json.dumps({"__metadata__": about, "style": {"dtype": "F32", "shape": [510, 256], "data_offsets": [0, style.size * 4]}}).encode()
    header += b" " * (-len(header) % 8)
    data = struct.pack("<Q", len(header)) + header + style.astype("<f4").tobytes()
    (folder / "conditionals.safetensors").write_bytes(data)
    metadata = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
    metadata["files"]["conditionals.safetensors"] = hashlib.sha256(data).hexdigest()
    (folder / "metadata.json").write_text(json.dumps(metadata | {"stored_as": name}), encoding="utf-8")
    return name


if __name__ == "__main__":
    sys.exit(main())
