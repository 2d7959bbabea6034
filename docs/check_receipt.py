"""python3 check_receipt.py receipt.json --key audit-key.pem [--tsa-ca ca.pem] [--file record.pdf]: only Python and openssl needed."""

import argparse
import base64
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

NAMES = ("sequence", "at", "actor", "action", "subject", "details", "previous", "origin", "why")


def must(right, said):
    if not right:
        raise ValueError(said)


def dumped(told):
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def root_from(node, index, last, path):  # RFC 9162, 2.1.3.2
    for step in map(bytes.fromhex, path):
        must(last, "đường dẫn quá dài / path too long")
        right = index & 1 or index == last
        node = hashlib.sha256(b"\x01" + (step + node if right else node + step)).digest()
        while right and index and not index & 1:
            index, last = index >> 1, last >> 1
        index, last = index >> 1, last >> 1
    return node.hex() if last == 0 else ""


def check(asked, folder):
    data = Path(asked.receipt).read_bytes()
    told = json.loads(data)
    sealed, digest, point, body = dumped(told) + b"\n", told.pop("digest"), told["checkpoint"], told["checkpoint"]["body"]
    whole = sealed == data and hashlib.sha256(dumped(told)).hexdigest() == digest and told["format"] == "sohoa-receipt/1"
    must(whole and told["events"], "biên nhận đã bị thay đổi / the receipt was altered")
    sig, token = (base64.b64decode(point[name] or "", validate=True) for name in ("signature", "token"))
    key, ca = (Path(one).read_bytes() for one in (asked.key, asked.tsa_ca or asked.key))
    for name, held in {"body": dumped(body), "sig": sig, "token": token, "key": key, "ca": ca}.items():
        Path(folder, name).write_bytes(held)
    run = lambda words: subprocess.run(["openssl", *words.split()], cwd=folder, capture_output=True, text=True)  # noqa: E731
    signed = run("dgst -sha256 -verify key -signature sig body").returncode == 0
    must(signed, "chữ ký của nhật ký sai / the log's signature is wrong")
    for event, index, path in ((one["event"], one["index"], one["path"]) for one in told["events"]):
        leaf = hashlib.sha256(b"\x00" + dumped([event[name] for name in NAMES if name in event])).digest()
        inside = set(event) <= set(NAMES) and event["sequence"] == index + 1 <= body["size"] and index >= 0
        must(inside and root_from(leaf, index, body["size"] - 1, path) == body["root"], "mục ngoài nhật ký / not in the log")
        print("✓", event["sequence"], event["action"], event["subject"], event["at"], event["actor"])
    found = hashlib.sha256(Path(asked.file).read_bytes()).hexdigest() if asked.file else ""
    must(any(found in one["event"]["details"] for one in told["events"]), "tệp khác tệp đã ghi / not a file of these entries")
    since = f"{body['at']} (kho tự khai, chưa kiểm dấu thời gian / the archive's word, no time stamp was checked)"
    if point["token"] and asked.tsa_ca:
        stamped = run("ts -verify -data body -in token -token_in -CAfile ca").returncode == 0
        must(stamped, "dấu thời gian sai / the time stamp is wrong")
        since = run("ts -reply -in token -token_in -text").stdout.split("Time stamp: ")[1].splitlines()[0] + " ✓"
    print("✓", "tệp đúng / file matches;" * bool(found), "có trong nhật ký, nguyên vẹn từ / in the log, unaltered since", since)


try:
    asking = argparse.ArgumentParser(description=__doc__)
    for name in ("receipt", "--key", "--tsa-ca", "--file"):
        asking.add_argument(name)
    with tempfile.TemporaryDirectory() as room:
        check(asking.parse_args(), room)
except Exception as wrong:  # whatever is wrong with it, it proves nothing
    sys.exit(f"✗ KHÔNG chứng minh được / NOT proven: {wrong or type(wrong).__name__}")
