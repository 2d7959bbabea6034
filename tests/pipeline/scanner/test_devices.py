"""What SANE says of its devices, and what a device of its own says when it fails."""

from __future__ import annotations

import os

import pytest

from sohoa.pipeline.batches import keeping
from sohoa.pipeline.sources.scanner_devices import able, devices, settings_for
from sohoa.pipeline.sources.scanner_errors import ScannerNotTwoSided, ScannerOptionRefused, ScannerUnknown
from tests.pipeline.scanner.conftest import Counter, code_of, page


@pytest.fixture
def bare(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> Counter:
    """Without the feeder in front: SANE's devices as they are."""
    counter.feeder.environment["PATH"] = os.environ["PATH"]
    for name, value in counter.feeder.environment.items():
        monkeypatch.setenv(name, value)
    return counter


def test_devices_and_their_abilities_are_found(bare: Counter) -> None:
    assert {"pnm:0", "test:0"} <= {device.name for device in devices()}
    test = able("test:0")
    assert (test.feeders, test.two_sided, test.values("mode")) == (("Automatic Document Feeder",), False, ("Gray", "Color"))
    assert settings_for(test, dpi=200, mode="color", duplex=False) == [
        "--source=Automatic Document Feeder",
        "--mode=Color",
        "--resolution=200",
        "-x",
        "200",
        "-y",
        "200",
    ]
    with pytest.raises(ScannerNotTwoSided):
        settings_for(test, dpi=200, mode="color", duplex=True)
    with pytest.raises(ScannerUnknown):
        able("nosuch:0")
    with pytest.raises(ScannerOptionRefused, match="--no-such"):
        able("test:0", ["--no-such=1"])


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("JAMMED", "pipeline.scanner_jammed"),
        ("COVER_OPEN", "pipeline.scanner_cover_open"),
        ("DEVICE_BUSY", "pipeline.scanner_busy"),
        ("IO_ERROR", "pipeline.scanner_lost"),
        ("NO_MEM", "pipeline.scanner_failed"),
    ],
)
def test_a_status_of_the_device_itself_is_told(bare: Counter, status: str, code: str) -> None:
    failed = bare.scan(bare.open(), device="test:0", more=[f"--read-return-value=SANE_STATUS_{status}"])
    assert code_of(failed.failure) == code


def test_the_test_device_feeds_ten_pages_and_is_empty(bare: Counter) -> None:
    batch = bare.open()
    assert bare.scan(batch, device="test:0", more=["--test-picture=Grid"]).failure is None
    assert keeping.current(batch).count() == 10


def test_a_paper_of_a_kind_that_bears_a_seal_and_shows_none_is_pointed_out(counter: Counter) -> None:
    counter.feeder.load((page("QUYẾT ĐỊNH", "Về việc cấp giấy phép"), None), (page("Nơi nhận:", "Chủ tịch"), None))
    assert [one.position for one in counter.scan(counter.open(document_type="QĐ")).unsealed] == [2]
    counter.feeder.load((page("ĐƠN ĐỀ NGHỊ"), None))
    assert counter.scan(counter.open("LO-2", document_type="ĐƠN")).unsealed == []
