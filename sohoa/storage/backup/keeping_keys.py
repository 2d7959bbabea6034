"""The keys in a backup, only when asked for, and only under a passphrase (scrypt, AES-256-GCM)."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from sohoa.kernel.errors import Exit, SohoaError

_MAGIC = b"sohoa-keys/1\n"
_SALT, _NONCE = 16, 12
_COST = {"n": 1 << 15, "r": 8, "p": 1}  # 32 MiB and about 0.1 s a try


class PassphraseWrong(SohoaError):
    code, exit_code = "storage.passphrase_wrong", Exit.USAGE
    vi = "Mật khẩu không mở được các khóa trong bản sao lưu, hoặc tệp khóa đã hỏng."
    en = "The passphrase does not open the keys in the backup, or their file is damaged."
    remedy = "Nhập lại mật khẩu đã dùng khi sao lưu; thử bản sao lưu khác nếu chắc là đúng."
    remedy_en = "Enter the passphrase that was used for the backup; if it is right, try another backup."


def sealed(keys: Path, passphrase: str) -> bytes:
    """Every file of the folder, encrypted."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path in sorted(keys.rglob("*")) if keys.is_dir() else ():
            if path.is_file() and not path.is_symlink():
                archive.add(path, arcname=str(path.relative_to(keys)))
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    return _MAGIC + salt + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, packed.getvalue(), _MAGIC)


def unseal(data: bytes, passphrase: str, into: Path) -> int:
    """Put the files back, readable by their owner alone; gives how many. Raises PassphraseWrong."""
    begin = len(_MAGIC) + _SALT + _NONCE
    if not data.startswith(_MAGIC) or len(data) < begin:
        raise PassphraseWrong
    salt, nonce = data[len(_MAGIC) : len(_MAGIC) + _SALT], data[len(_MAGIC) + _SALT : begin]
    try:
        packed = AESGCM(_key(passphrase, salt)).decrypt(nonce, data[begin:], _MAGIC)
    except InvalidTag as wrong:
        raise PassphraseWrong from wrong
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        members = [one for one in archive.getmembers() if one.isfile()]
        archive.extractall(into, members, filter="data")
    for path in into.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return len(members)


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, **_COST).derive(passphrase.encode())
