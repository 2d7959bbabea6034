"""pyHanko as its documentation shows it: a signer out of a .p12, one context for validation and one HTTP session for all papers.

`python -m benchmarks.signing.stock SERVICES`, tasks on standard input.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend

from benchmarks.signing.work import Services, Task, serve, services

AT_ONCE = 4


def sign(task: Task, by: Services) -> None:
    asyncio.run(_sign_all(task, by))


async def _sign_all(task: Task, by: Services) -> None:
    signer = signers.SimpleSigner.load_pkcs12(by.signer, passphrase=by.passphrase.encode())
    assert signer is not None
    gate = asyncio.Semaphore(AT_ONCE)
    async with aiohttp.ClientSession() as session:
        more: dict[str, Any] = {}
        timestamper = None
        if task.level == "lta":
            context = ValidationContext(
                trust_roots=list(load_certs_from_pemder([by.root_pem])),
                allow_fetching=True,
                revocation_mode="hard-fail",
                fetcher_backend=AIOHttpFetcherBackend(session),
            )
            more = {"embed_validation_info": True, "use_pades_lta": True, "validation_context": context}
            timestamper = HTTPTimeStamper(by.tsa_url, session=session)

        async def one(number: int) -> None:
            meta = signers.PdfSignatureMetadata(
                field_name="CoQuan", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, **more
            )
            async with gate:
                with open(task.source, "rb") as source, Path(task.folder, f"{number}.pdf").open("w+b") as out:
                    writer = IncrementalPdfFileWriter(source)
                    await signers.async_sign_pdf(writer, meta, signer=signer, timestamper=timestamper, output=out)

        await asyncio.gather(*(one(number) for number in range(task.count)))


if __name__ == "__main__":
    with_services = services()
    serve(lambda task: sign(task, with_services))
