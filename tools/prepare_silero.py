"""Silero voice activity detection, 16 kHz, as one graph that every runtime loads.

Source: PyPI silero-vad (Silero Team, MIT). The general export switches on the sample rate with If nodes, which OpenVINO refuses.
The package's 16 kHz sequence export has none, and takes any number of windows per call: one for a stream, all for a file.
Only the output names are changed. docs/formats/models.md describes inputs, state and context.
"""

from __future__ import annotations

from pathlib import Path

import onnx

MEMBER = "silero_vad/data/silero_vad_16k_sequence.onnx"
OUTPUTS = {"speech_probs": "speech", "hn": "next_h", "cn": "next_c"}


def prepare(members: dict[str, bytes], out: Path) -> None:
    """Writes silero/silero_vad.onnx below `out`."""
    model = onnx.load_model_from_string(members[MEMBER])
    for node in model.graph.node:
        node.output[:] = [OUTPUTS.get(name, name) for name in node.output]
    for value in model.graph.output:
        value.name = OUTPUTS[value.name]
    onnx.checker.check_model(model)
    (out / "silero").mkdir(parents=True, exist_ok=True)
    onnx.save(model, out / "silero" / "silero_vad.onnx")
