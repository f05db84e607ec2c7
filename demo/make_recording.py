"""Builds the demo's recording and its jobs from conversation.json: real people, cut from Debian's telephone prompts.

make_recording(out) writes out/conversation.flac (16 kHz, mono) and out/job-<language>.json, and returns the jobs.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
SOUNDS = Path("/usr/share/asterisk/sounds")
RATE_HZ = 16000
LANGUAGES = ("en", "es")


def make_recording(out: Path) -> dict[str, Path]:
    conversation = json.loads((HERE / "conversation.json").read_text(encoding="utf-8"))
    pieces, segments, position = [], [], 0
    for utterance in conversation["utterances"]:
        voice = conversation["voices"][utterance["speaker"]]
        gap = utterance["gap_ms"] * RATE_HZ // 1000
        speech = _spoken_part(_decode(SOUNDS / voice["folder"] / f"{utterance['prompt']}.g722"))
        pieces += [np.zeros(gap, np.float32), speech]
        start, position = position + gap, position + gap + len(speech)
        segments.append({"speaker_id": utterance["speaker"], "start_ms": start * 1000 // RATE_HZ, "end_ms": position * 1000 // RATE_HZ,
                         "language": voice["language"], "text": utterance.get("text", ""),
                         **{f"to_{language}": utterance[language] for language in LANGUAGES}})
    pieces.append(np.zeros(RATE_HZ // 2, np.float32))
    _encode(np.concatenate(pieces), out / "conversation.flac")
    return {language: _write_job(out, language, segments) for language in LANGUAGES}


def _write_job(out: Path, language: str, segments: list[dict]) -> Path:
    keep = ("speaker_id", "start_ms", "end_ms", "language", "text")
    job = {"message_id": f"demo-{language}", "source_audio": "conversation.flac", "target_language": language,
           "segments": [{key: segment[key] for key in keep} | {"translated_text": segment[f"to_{language}"]} for segment in segments]}
    path = out / f"job-{language}.json"
    path.write_text(json.dumps(job, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def _decode(path: Path) -> np.ndarray:
    if not path.exists():
        raise SystemExit(f"demo: {path} is missing; run: tools/setup.sh")
    done = subprocess.run(["ffmpeg", "-v", "error", "-f", "g722", "-i", path, "-f", "f32le", "-ac", "1", "-"],
                          capture_output=True, check=True, stdin=subprocess.DEVNULL)
    return np.frombuffer(done.stdout, "<f4")


def _spoken_part(samples: np.ndarray) -> np.ndarray:
    """Without the silence around it: 10 ms frames within 40 dB of the loudest are speech."""
    frame = RATE_HZ // 100
    level = np.sqrt(np.mean(samples[:len(samples) // frame * frame].reshape(-1, frame) ** 2, axis=1))
    loud = np.flatnonzero(level > level.max() / 100)
    return samples[loud[0] * frame:(loud[-1] + 1) * frame]


def _encode(samples: np.ndarray, path: Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "f32le", "-ar", str(RATE_HZ), "-ac", "1", "-i", "-", "-c:a", "flac", path],
                   input=samples.astype("<f4").tobytes(), check=True)
