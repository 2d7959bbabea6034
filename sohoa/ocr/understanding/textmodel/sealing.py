"""Arrays in one .npz file whose last bytes are the SHA-256 of all the others.

The seal stands in the archive comment of the zip, so any program that reads .npz files reads these too. It tells a file that a bad
disk, a cut copy or a hand changed. It does not stop somebody who may write the file and seals it anew: that is told by the audit
log, where `sohoa train` writes the SHA-256 of every model it puts to use.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sohoa.kernel.errors import SohoaError
from sohoa.ocr.arrays import DAMAGED

_MARK = b"sha256:"
_SEAL = len(_MARK) + 64
# A fixed day, so that the same training gives the same file, byte for byte.
_DAY = (2026, 1, 1, 0, 0, 0)


class TextModelAltered(SohoaError):
    code = "ocr.text_model_altered"
    vi = "Tệp mô hình nhận loại văn bản đã bị thay đổi, hỏng hoặc thuộc phiên bản khác; không dùng tệp này."
    en = "The text model's file was altered or damaged, or is of another version: {detail}."
    remedy = "Lấy lại bản trước bằng «sohoa train --undo», hoặc huấn luyện lại bằng «sohoa train»."
    remedy_en = "Bring the former version back with `sohoa train --undo`, or train again with `sohoa train`."


def sealed(arrays: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> bytes:
    """The file's bytes. about: what JSON can say, under the name `about`."""
    told = json.dumps(about, ensure_ascii=False, sort_keys=True).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in {"about": np.frombuffer(told, np.uint8), **arrays}.items():
            entry = zipfile.ZipInfo(f"{name}.npy", _DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(entry, member.getvalue())
        archive.comment = b"-" * _SEAL
    data = packed.getvalue()[:-_SEAL]
    return data + _MARK + hashlib.sha256(data).hexdigest().encode()


def unsealed(data: bytes) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Arrays and `about`. Raises TextModelAltered on any other bytes than `sealed` gave."""
    body, seal = data[:-_SEAL], data[-_SEAL:]
    if seal != _MARK + hashlib.sha256(body).hexdigest().encode():
        raise TextModelAltered(detail="the seal does not fit")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(arrays.pop("about").tobytes())
    except DAMAGED as damaged:
        raise TextModelAltered(detail=type(damaged).__name__) from damaged
    if not isinstance(about, dict):
        raise TextModelAltered(detail="about is no table")
    return arrays, about  # pyright: ignore[reportUnknownVariableType]
