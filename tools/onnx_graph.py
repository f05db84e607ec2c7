"""Helpers to read, cut and rewrite ONNX graphs without running them.

Only numpy and onnx are used, so that models can be prepared on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 20
IR_VERSION = 9


@dataclass(frozen=True)
class Port:
    """A graph input or output: its public name, element type and shape (a string is a free dimension)."""

    name: str
    shape: tuple
    type: int = TensorProto.FLOAT

    def value_info(self) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(self.name, self.type, list(self.shape))


class Graph:
    """An ONNX graph as plain Python values: `nodes` in topological order and `constants` by name."""

    def __init__(self, nodes: list, constants: dict, inputs: list[Port] = (), outputs: list[Port] = ()):
        self.nodes, self.constants = list(nodes), dict(constants)
        self.inputs, self.outputs = list(inputs), list(outputs)

    @classmethod
    def load(cls, model: onnx.ModelProto | bytes) -> "Graph":
        if isinstance(model, bytes):
            model = onnx.load_model_from_string(model)
        return cls(model.graph.node, {i.name: numpy_helper.to_array(i) for i in model.graph.initializer})

    def producers(self) -> dict:
        """Tensor name -> the node that computes it."""
        return {name: node for node in self.nodes for name in node.output}

    def consumers(self) -> dict:
        """Tensor name -> the nodes that read it."""
        readers: dict = {}
        for node in self.nodes:
            for name in node.input:
                readers.setdefault(name, []).append(node)
        return readers

    def replace(self, replaced: dict, dropped: set = frozenset()) -> None:
        """Puts the nodes `replaced[id(node)]` (a list) in the place of `node` and drops the nodes in `dropped`."""
        nodes = []
        for node in self.nodes:
            if id(node) in replaced:
                nodes.extend(replaced[id(node)])
            elif id(node) not in dropped:
                nodes.append(node)
        self.nodes = nodes

    def cut(self, inputs: dict[str, Port], outputs: dict[str, Port]) -> "Graph":
        """The part of the graph that computes `outputs` from `inputs`; both map internal tensor names to ports."""
        producers, wanted, pending = self.producers(), set(), list(outputs)
        names, seen = set(outputs), set()
        while pending:
            name = pending.pop()
            if name in inputs or name in seen or name == "":
                continue
            seen.add(name)
            if name not in producers:
                if name not in self.constants:
                    raise ValueError(f"tensor {name} is neither computed nor an input of the cut")
                continue
            node = producers[name]
            wanted.add(id(node))
            names.update(node.input)
            pending.extend(node.input)
        rename = {old: port.name for old, port in {**inputs, **outputs}.items()}
        nodes = []
        for node in self.nodes:
            if id(node) in wanted:
                copy = onnx.NodeProto()
                copy.CopyFrom(node)
                copy.input[:] = [rename.get(name, name) for name in node.input]
                copy.output[:] = [rename.get(name, name) for name in node.output]
                nodes.append(copy)
        constants = {name: value for name, value in self.constants.items() if name in names and name not in inputs}
        used = [port for name, port in inputs.items() if name in names]
        return Graph(nodes, constants, used, list(outputs.values()))

    def model(self, name: str) -> onnx.ModelProto:
        """The checked model, with standard operators only. Unused constants are left out."""
        used = {i for node in self.nodes for i in node.input}
        graph = helper.make_graph(
            self.nodes, name, [p.value_info() for p in self.inputs], [p.value_info() for p in self.outputs],
            [numpy_helper.from_array(v, k) for k, v in self.constants.items() if k in used])
        foreign = sorted({f"{n.domain}.{n.op_type}" for n in self.nodes if n.domain not in ("", "ai.onnx")})
        if foreign:
            raise ValueError(f"{name}: operators outside the ONNX standard: {', '.join(foreign)}")
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="troupe")
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model)
        return model


def node(op: str, inputs: list, outputs: list, **attributes) -> onnx.NodeProto:
    """A node named after its first output."""
    return helper.make_node(op, inputs, outputs, name=outputs[0] + "/" + op, **attributes)
