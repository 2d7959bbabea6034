"""Which text model this office uses: the versions under $SOHOA_HOME/models, and the one file that names the one in use.

    types-3.npz …    every version that was ever put to use; none is overwritten
    types.json       {"current": {"file", "sha256"}, "former": [{"file", "sha256"}, …]}, the newest former last

Without `types.json` the model of the release is in use, where the release has one. Putting to use and undoing are events of the log,
which name the file's SHA-256: so a file that somebody altered and sealed anew is told by `sohoa audit`, not only by its seal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sohoa.kernel.durable import write_durably
from sohoa.kernel.errors import SohoaError
from sohoa.ocr.understanding.textmodel.model import TextModel
from sohoa.ocr.understanding.textmodel.sealing import TextModelAltered

POINTER = "types.json"


class NoFormerModel(SohoaError):
    code = "pipeline.no_former_model"
    vi = "Không có bản huấn luyện nào để quay lại: đang dùng mô hình gốc của phần mềm."
    en = "There is no trained model to go back from: the release's own is in use."
    remedy = "Không cần làm gì. Muốn có mô hình riêng thì chạy «sohoa train»."
    remedy_en = "Nothing needs doing. Run `sohoa train` for a model of your own."


@dataclass(frozen=True, slots=True)
class Version:
    """file: its name in the folder. sha256: hex, of its bytes."""

    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class InUse:
    """version: None where the release's own model is in use. model: None where there is none at all."""

    version: Version | None
    model: TextModel | None


def model_in_use(folder: Path) -> InUse:
    """folder: $SOHOA_HOME/models; need not exist. Raises TextModelAltered where a file is not what was put to use.

    Reading goes on without this witness then: whoever classifies catches the error, says it once, and passes None on.
    """
    versions = _versions(folder)
    if not versions:
        return InUse(None, TextModel.shipped())
    current = versions[-1]
    try:
        data = (folder / current.file).read_bytes()
    except OSError as missing:
        raise TextModelAltered(detail="the file is gone") from missing
    if hashlib.sha256(data).hexdigest() != current.sha256:
        raise TextModelAltered(detail="not the file that was put to use")
    return InUse(current, TextModel.read(data))


def put_to_use(folder: Path, model: TextModel, *, number: int, told: Callable[[str, Version], None]) -> Version:
    """Write the model as version `number` and use it from now on. told: keeps the deed in the log, before it is done."""
    data = model.as_bytes()
    version = Version(f"types-{number}.npz", hashlib.sha256(data).hexdigest())
    write_durably(folder / version.file, data)
    told("model.put_to_use", version)
    _point_at(folder, [*_versions(folder), version])
    return version


def undo(folder: Path, *, told: Callable[[str, Version], None]) -> Version | None:
    """Use the former version again; None: the release's own. The undone file stays. Raises NoFormerModel."""
    versions = _versions(folder)
    if not versions:
        raise NoFormerModel()
    told("model.undone", versions[-1])
    _point_at(folder, versions[:-1])
    return versions[-2] if len(versions) > 1 else None


def in_the_log(now: datetime) -> Callable[[str, Version], None]:
    """What keeps the deed in the log, for `put_to_use` and `undo`."""

    from sohoa.storage.audit import chain  # whoever only classifies must not wait for the archive's tables

    def told(action: str, version: Version) -> None:
        chain.append(action, version.file, now=now, details={"sha256": version.sha256})

    return told


def next_number(folder: Path) -> int:
    """One more than any version that lies there, in use or undone."""
    numbers = [int(part) for path in folder.glob("types-*.npz") if (part := path.stem.removeprefix("types-")).isdecimal()]
    return max(numbers, default=0) + 1


def _versions(folder: Path) -> list[Version]:
    """Oldest first, the one in use last."""
    try:
        told = json.loads((folder / POINTER).read_bytes())
        return [Version(**version) for version in (*told["former"], told["current"])]
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError) as damaged:
        raise TextModelAltered(detail="types.json") from damaged


def _point_at(folder: Path, versions: list[Version]) -> None:
    if not versions:
        (folder / POINTER).unlink()
        return
    told = {"current": asdict(versions[-1]), "former": [asdict(version) for version in versions[:-1]]}
    write_durably(folder / POINTER, json.dumps(told, indent=1).encode())
