"""A generated office: papers as files of real shape and size, and the register that speaks of them. The same for the same seed.

Ten dossiers are worked on at a time: first come their three components each, then their results. Most are resolved, some yield no result,
some papers lie in no dossier or in one that no register knows, some are signed by nobody. Everything follows from a paper's number, so
that several processes can make their share and a judge can make it again. No person's name is among it.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import json
import random
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import quoteattr

CATALOGUES = Path(__file__).parents[2] / "sohoa" / "config" / "catalogues"
BEGAN, LASTED = datetime(2026, 1, 5, 1, 0, tzinfo=UTC), timedelta(days=290)
TOGETHER = 40  # papers: of ten dossiers, three components and a result each
COMPONENTS = (("TTr", "Tờ trình"), ("HĐ", "Hợp đồng"), ("BB", "Biên bản"))
RESULT = ("QĐ", "Quyết định")
UNITS = (
    ("H99.1", "Ủy ban nhân dân phường Mẫu", "commune"),
    ("H99.2", "Ủy ban nhân dân xã Thử", "commune"),
    ("H99.3", "Sở Xây dựng tỉnh Mẫu", "province"),
)
ORIGINAL, RECORD = (20_000, 60_000), (30_000, 80_000)  # bytes, from and to
WORDS, A_LINE = 220, 10  # on a page; in a line of it
COLUMNS = (
    *("dossier_code", "procedure_code", "procedure_name", "sector", "unit_code", "unit_name", "unit_level", "channel"),
    *("received_at", "due_at", "resolved_at", "returned_at", "status", "yields_result"),
    *("kind", "ordinal", "document_type", "name", "decision", "sheets"),
)


@dataclass(frozen=True, slots=True)
class File:
    """role: as in storage.archive.Content. content: the whole of it; none is larger than 150 kB."""

    role: str
    extension: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Paper:
    """kind: code and name of its type. dossier: "" for none. verdict: of its signature, "" when it has none."""

    number: int
    kind: tuple[str, str]
    unit: str
    dossier: str
    subject: str
    verdict: str
    pages: tuple[str, ...]
    files: tuple[File, ...]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.files[0].content).hexdigest()


@dataclass(frozen=True, slots=True)
class Office:
    records: int
    seed: int = 1

    @property
    def dossiers(self) -> int:
        return max(1, self.records // 4)

    def at(self, number: int) -> datetime:
        """When a paper is archived. Papers come over most of a year, so that periods differ."""
        return BEGAN + LASTED * (number / max(1, self.records))

    def code(self, dossier: int) -> str:
        return f"H99-26-{dossier:06}"

    def unit(self, dossier: int) -> tuple[str, str, str]:
        return UNITS[dossier % 7 % len(UNITS)]

    def place(self, number: int) -> tuple[int, int]:
        """The dossier that a paper belongs to, and as what: 0 to 2 for a component, 3 for the result."""
        block, within = divmod(number, TOGETHER)
        first = block * TOGETHER // 4
        return (first + within // 3, within % 3) if within < 30 else (first + within - 30, 3)

    def paper(self, number: int) -> Paper:
        chance = random.Random(self.seed << 40 | number)
        dossier, part = self.place(number)
        kind = (*COMPONENTS, RESULT)[part]
        unit = self.unit(dossier)[0]
        subject = chance.choice(sentences(self.seed))[:200]
        pages = tuple(_page(chance, self.seed, kind[1], number) for _ in range(chance.choice((1, 1, 2, 3))))
        verdict = "" if number % 23 == 5 else "undetermined" if number % 11 == 3 else "ok"
        alone = number % 17 == 9
        files = (
            File("original", ".jpg", "image/jpeg", b"\xff\xd8\xff\xe0" + chance.randbytes(chance.randint(*ORIGINAL))),
            File("record", ".pdf", "application/pdf", b"%PDF-1.7\n" + chance.randbytes(chance.randint(*RECORD)) + b"\n%%EOF\n"),
            File("text", ".xml", "application/xml", alto(pages).encode()),
            File("validation", ".json", "application/json", _validation(verdict)),
        )
        return Paper(number, kind, unit, "" if alone else self.code(dossier), subject, verdict, pages, files)

    def register(self, target: Path, first: int, last: int, *, ended: bool) -> Path:
        """The export of dossiers from `first` up to but not including `last`. ended: as it is when their work is done."""
        with target.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, COLUMNS)
            writer.writeheader()
            for dossier in range(first, last):
                if dossier % 19 != 7:  # a few are never told
                    writer.writerows(self._rows(dossier, ended=ended))
        return target

    def _rows(self, dossier: int, *, ended: bool) -> list[dict[str, str]]:
        code, name, level = self.unit(dossier)
        received = self.at(min(dossier * 4, self.records)) - timedelta(days=3)
        resolved = ended and dossier % 8 != 2
        about = {
            "dossier_code": self.code(dossier),
            "procedure_code": f"1.{dossier % 12 + 9000:06}",
            "procedure_name": "Cấp giấy phép mẫu",
            "sector": "Xây dựng",
            "unit_code": code,
            "unit_name": name,
            "unit_level": level,
            "channel": ("online", "direct", "online", "postal")[dossier % 4],
            "received_at": received.isoformat(),
            "resolved_at": (received + timedelta(days=6)).isoformat() if resolved else "",
            "yields_result": "no" if dossier % 13 == 4 else "yes",
        }
        decisions = ("required_by_rule", "on_demand", "excluded_copy" if dossier % 3 else "required_by_rule")
        rows = [
            {**about, "kind": "component", "ordinal": str(place), "document_type": kind, "name": said, "decision": decision}
            for place, ((kind, said), decision) in enumerate(zip(COMPONENTS, decisions, strict=True), 1)
        ]
        if about["yields_result"] == "yes":
            rows.append({**about, "kind": "result", "ordinal": "1", "document_type": RESULT[0], "name": RESULT[1]})
        return rows


@functools.cache
def sentences(seed: int) -> tuple[str, ...]:
    """What official papers say, from our own catalogue of their wording."""
    told = tomllib.loads((CATALOGUES / "type_wording.toml").read_text("utf-8"))
    shared, chance = told["shared"][0], random.Random(seed)
    fills = {
        "matter": shared["matters"],
        "agency": shared["agencies"],
        "unit": shared["units"],
        "units": shared["units"],
        "person": ["người đứng đơn"],
        "place": shared["places"],
        "day": shared["days"],
        "paper": shared["papers"],
    }
    said = [sentence for kind in told["wording"] for sentence in kind["says"]] + list(shared["common"])
    made: list[str] = []
    for _ in range(3000):
        sentence = chance.choice(said)
        for name, values in fills.items():
            sentence = sentence.replace("{" + name + "}", chance.choice(values))
        made.append(sentence)
    return tuple(made)


def _page(chance: random.Random, seed: int, title: str, number: int) -> str:
    words = ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do - Hạnh phúc", title.upper(), f"Số: {number}/2026"]
    words = " ".join(words).split()
    while len(words) < WORDS:
        words += chance.choice(sentences(seed)).split()
        words.append(str(chance.randrange(10 ** chance.randint(1, 6))))
    return "\n".join(" ".join(words[at : at + A_LINE]) for at in range(0, len(words), A_LINE))


def alto(pages: tuple[str, ...]) -> str:
    """Of lines of words, with a box for each: 20 to 30 kB a page, as the product writes it."""
    rows = ['<?xml version="1.0" encoding="UTF-8"?>', '<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Layout>']
    for number, page in enumerate(pages, 1):
        rows.append(
            f'<Page ID="p{number}" PHYSICAL_IMG_NR="{number}" WIDTH="2480" HEIGHT="3508"><PrintSpace><TextBlock ID="b{number}">'
        )
        for row, line in enumerate(page.splitlines()):
            box = f'HPOS="300" VPOS="{300 + row * 60}" WIDTH="1900" HEIGHT="44"'
            words = "".join(
                f'<String ID="p{number}r{row}w{place}" HPOS="{300 + place * 190}" VPOS="{300 + row * 60}" WIDTH="{len(word) * 22}"'
                f' HEIGHT="44" WC="0.97" CONTENT={quoteattr(word)}/>'
                for place, word in enumerate(line.split())
            )
            rows.append(f'<TextLine ID="p{number}r{row}" {box}>{words}</TextLine>')
        rows.append("</TextBlock></PrintSpace></Page>")
    return "\n".join([*rows, "</Layout></alto>\n"])


def _validation(verdict: str) -> bytes:
    told = {"file": "", "verdict": verdict, "signatures": [{"verdict": verdict, "level": "PAdES-B-LTA"}] if verdict else []}
    return json.dumps(told).encode()
