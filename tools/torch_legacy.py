"""Reads PyTorch's legacy checkpoint format with numpy, without torch and without running code from the file.

The format is a run of pickles (magic number, protocol, system information, the object, the storage keys) followed by the raw
storages, each a 64-bit element count and its data: torch/serialization.py, `_legacy_save`. The unpickler below knows only the
names that rebuild tensors; any other name in the file is an error.
"""

from __future__ import annotations

import io
import pickle
import struct
from collections import OrderedDict

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
TYPES = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2", "LongStorage": "<i8", "IntStorage": "<i4"}


class _Storage:
    def __init__(self, dtype: str, count: int):
        self.dtype, self.count, self.data = np.dtype(dtype), count, None


class _Tensor:
    def __init__(self, storage, offset, size, stride, *_):
        self.storage, self.offset, self.size, self.stride = storage, offset, tuple(size), tuple(stride)

    def numpy(self) -> np.ndarray:
        steps = [s * self.storage.dtype.itemsize for s in self.stride]
        return np.lib.stride_tricks.as_strided(self.storage.data[self.offset:], self.size, steps).copy()


class _Unpickler(pickle.Unpickler):
    def __init__(self, file, storages: dict):
        super().__init__(file, encoding="latin-1")
        self.storages = storages

    def find_class(self, module, name):
        if module == "torch" and name in TYPES:
            return TYPES[name]
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Tensor
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        raise pickle.UnpicklingError(f"the checkpoint names {module}.{name}, which is not a tensor")

    def persistent_load(self, key):
        kind, dtype, name, _, count, *_ = key
        if kind != "storage":
            raise pickle.UnpicklingError(f"unknown persistent id {kind!r}")
        return self.storages.setdefault(name, _Storage(dtype, count))


def load(data: bytes):
    """The checkpoint's object, with every tensor as a numpy array."""
    file, storages = io.BytesIO(data), {}
    read = lambda: _Unpickler(file, storages).load()
    if read() != MAGIC:
        raise ValueError("not a legacy PyTorch checkpoint")
    read(), read()
    content = read()
    for name in read():
        storage = storages[name]
        (count,) = struct.unpack("<q", file.read(8))
        raw = file.read(count * storage.dtype.itemsize)
        if count != storage.count or len(raw) != count * storage.dtype.itemsize:
            raise ValueError("the PyTorch checkpoint is truncated")
        storage.data = np.frombuffer(raw, storage.dtype)
    return _arrays(content)


def _arrays(value):
    if isinstance(value, _Tensor):
        return value.numpy()
    if isinstance(value, dict):
        return {key: _arrays(item) for key, item in value.items()}
    return value
