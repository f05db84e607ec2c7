"""The independent judge must find what is wrong with a track: bursts of noise stand for turns, at their plan or not."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

import numpy as np  # noqa: E402
from judge import judge  # noqa: E402
from plan import make_plan  # noqa: E402
from track import RATE_HZ  # noqa: E402

SEGMENTS = [("A", 400, 2400), ("A", 2600, 3600), ("B", 3650, 5000), ("A", 9000, 11000)]
# By hand: A's two segments are one turn of 3200 ms; the gap of 50 ms counts as 0; that of 4000 ms is capped at 3000.
STARTS, TARGETS = [0, 3200, 7550], [3200, 1350, 2000]


class Judge(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.job = self.folder / "job.json"
        segments = [{"speaker_id": s, "start_ms": b, "end_ms": e, "translated_text": "words"} for s, b, e in SEGMENTS]
        self.job.write_text(json.dumps({"source_audio": "source.flac", "target_language": "en", "segments": segments}), encoding="utf-8")
        self.write("source.flac", [b for _, b, _ in SEGMENTS], [e - b for _, b, e in SEGMENTS], 12000)
        (self.folder / "out").mkdir()

    def write(self, name, starts, lengths, total_ms, level=0.1):
        noise = np.random.default_rng(1).uniform(-level, level, total_ms * RATE_HZ // 1000).astype(np.float32)
        sound = np.zeros(len(noise), bool)
        for start, length in zip(starts, lengths):
            sound[start * RATE_HZ // 1000:(start + length) * RATE_HZ // 1000] = True
        path = self.folder / name
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "f32le", "-ar", str(RATE_HZ), "-ac", "1", "-i", "-", path],
                       input=(noise * sound).tobytes(), check=True)
        return path

    def judged(self, starts, lengths, **write):
        return judge(self.job, self.write("out/track.wav", starts, lengths, 10000, **write))

    def test_plan_by_hand(self):
        plan = make_plan(json.loads(self.job.read_text(encoding="utf-8")), 12000)
        self.assertEqual([turn.start for turn in plan.turns], STARTS)
        self.assertEqual([turn.target for turn in plan.turns], TARGETS)
        self.assertEqual(plan.expected, 9550)

    def test_track_on_its_plan(self):
        # Turns that abut need a breath between them to be told apart: 50 ms here.
        verdict = self.judged(STARTS, [3150, 1350, 2000])
        self.assertEqual(verdict["missed"], [])
        self.assertEqual([turn["onset"] for turn in verdict["turns"]], STARTS)

    def test_late_turn(self):
        verdict = self.judged([0, 3200, 7650], [3150, 1350, 1900])
        self.assertEqual(len(verdict["missed"]), 1, verdict["missed"])
        self.assertIn("onset 100 ms off", verdict["missed"][0])

    def test_missing_turn(self):
        self.assertTrue(any("not found" in line for line in self.judged([0, 7550], [3150, 2000])["missed"]))

    def test_short_turns(self):
        missed = self.judged(STARTS, [2900, 1100, 2000])["missed"]
        self.assertTrue(any("fit error" in line for line in missed), missed)

    def test_long_track(self):
        missed = self.judged(STARTS, [3150, 1350, 2300])["missed"]
        self.assertTrue(any("drift" in line for line in missed), missed)

    def test_loud_track(self):
        missed = self.judged(STARTS, [3150, 1350, 2000], level=1.0)["missed"]
        self.assertTrue(any("loudness" in line for line in missed), missed)
        self.assertTrue(any("true peak" in line for line in missed), missed)

    def test_temp_file_left_behind(self):
        (self.folder / "out" / ".track.wav.tmp").touch()
        self.assertTrue(any("left behind" in line for line in self.judged(STARTS, [3150, 1350, 2000])["missed"]))


if __name__ == "__main__":
    unittest.main()
