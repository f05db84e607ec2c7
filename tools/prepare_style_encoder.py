"""Kokoro's style encoder: this project's own, in assets/ (made by tools/train_style_encoder.py), put beside the other models."""

from __future__ import annotations

import shutil
from pathlib import Path

ASSET = Path(__file__).resolve().parent.parent / "assets" / "style_encoder.onnx"


def prepare(members: dict[str, bytes], out: Path) -> None:
    """Writes kokoro/style_encoder.onnx below `out`."""
    (out / "kokoro").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ASSET, out / "kokoro" / "style_encoder.onnx")
