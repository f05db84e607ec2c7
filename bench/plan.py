"""What a job asks for, from its timestamps alone: turns and their places on the track.

Written from the specification (turns T2, plan T3) and deliberately not from the C++ side or the report, so that a mistake there
shows as a difference here. Times are milliseconds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

MAX_CHARACTERS, MAX_TURN_MS, MAX_PAUSE_MS = 500, 30_000, 3_000


@dataclass
class Turn:
    speaker: str
    text: str
    begin: int
    end: int
    start: int = 0                    # planned, on the track
    segments: list[int] = field(default_factory=list)

    @property
    def target(self) -> int:
        return self.end - self.begin


@dataclass
class Plan:
    layout: str
    turns: list[Turn]
    expected: int


def read_job(path: Path) -> dict:
    job = json.loads(path.read_text(encoding="utf-8"))
    job["source"] = path.parent / job["source_audio"]
    return job


def make_plan(job: dict, source_ms: int, layout: str = "concat") -> Plan:
    turns = group(_checked(job["segments"], source_ms))
    if layout == "timeline":
        for turn in turns:
            turn.start = turn.begin
        return Plan(layout, turns, source_ms)
    options = job.get("options") or {}
    shortest, longest = options.get("min_silence_ms", 100), options.get("max_silence_ms", 3000)
    position = 0
    for index, turn in enumerate(turns):
        if index:
            gap = turn.begin - turns[index - 1].end
            position += min(gap, longest) if gap > 0 and gap >= shortest else 0
        turn.start = position
        position += turn.target
    return Plan(layout, turns, position)


def group(segments: list[dict]) -> list[Turn]:
    """Consecutive segments of one speaker, within the limits; a pause too long to be spoken through also ends a turn."""
    turns: list[Turn] = []
    for segment in segments:
        last = turns[-1] if turns else None
        if (last and last.speaker == segment["speaker"] and 0 <= segment["begin"] - last.end <= MAX_PAUSE_MS
                and len(last.text) + 1 + len(segment["text"]) <= MAX_CHARACTERS and segment["end"] - last.begin <= MAX_TURN_MS):
            last.text += " " + segment["text"]
            last.end = segment["end"]
            last.segments.append(segment["index"])
        else:
            turns.append(Turn(segment["speaker"], segment["text"], segment["begin"], segment["end"], segments=[segment["index"]]))
    return turns


def _checked(raw: list[dict], source_ms: int) -> list[dict]:
    """In order of start, cut at the source's end, overlaps of one speaker moved, silent ones left out."""
    segments = []
    ends: dict[str, int] = {}
    for index, item in sorted(enumerate(raw), key=lambda pair: _begin(pair[1])):
        speaker = str(item.get("speaker_id", item.get("speaker", "")))
        begin = max(_begin(item), ends.get(speaker, 0))
        end = min(item["end_ms"] if "end_ms" in item else round(item["end"] * 1000), source_ms)
        text = (item.get("translated_text") or item.get("translation") or "").strip()
        if end > begin and text:
            segments.append({"index": index, "speaker": speaker, "begin": begin, "end": end, "text": text})
        ends[speaker] = max(ends.get(speaker, 0), end)
    return segments


def _begin(item: dict) -> int:
    return item["start_ms"] if "start_ms" in item else round(item["start"] * 1000)
