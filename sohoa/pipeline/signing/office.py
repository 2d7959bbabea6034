"""The signing office of a home: who may sign, with which services, believed by whom. Everything here comes from signing.toml."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

from sohoa.config.signing import Signer, SigningPlan, SigningRefused, signing_plan
from sohoa.kernel.clock import now
from sohoa.kernel.verdicts import Verdict
from sohoa.pipeline.signing.holders import Around, holder_of
from sohoa.signing.flow.finishing import Finishing
from sohoa.signing.flow.job import Job
from sohoa.signing.flow.journal import Journal
from sohoa.signing.flow.session import SigningSession
from sohoa.signing.http import Http
from sohoa.signing.model import FileReport
from sohoa.signing.pades.held import Level
from sohoa.signing.pades.levels import TrustServices
from sohoa.signing.signers.agent.holder import PreparedDocument
from sohoa.signing.signers.holder import HashJob, Identity, KeyHolder
from sohoa.signing.signers.pins import PinNeeded
from sohoa.signing.signers.test_authority import ROOT, open_test_authority
from sohoa.signing.trustservices.answers import CertificateStatus
from sohoa.signing.trustservices.revocation import RevocationService, names_a_place
from sohoa.signing.trustservices.tsa import TimestampAuthority
from sohoa.signing.validation.certificate import ExpectedSigner, must_be_fit_to_sign
from sohoa.signing.validation.trust import trusted_roots
from sohoa.signing.validation.within_limits import Validator

TEST = "test"  # the name of the test authority among signers
LEVELS = {"b": Level.B_B, "t": Level.B_T, "lt": Level.B_LT, "lta": Level.B_LTA}


@dataclass
class SigningOffice:
    """ask_pin, ask_code: a person at the terminal; None: nobody is there."""

    home: Path
    plan: SigningPlan
    ask_pin: Callable[[PinNeeded], str | None] | None = None
    ask_code: Callable[[str], str] | None = None
    _holders: dict[str, KeyHolder] = field(init=False, default_factory=dict[str, KeyHolder])

    @cached_property
    def journal(self) -> Journal:
        """Of `sohoa sign`. Made when it is asked for: whoever only validates leaves no folder behind."""
        return Journal(self.home / "signing")

    @property
    def post(self) -> Path:
        """Where requests to clerks' own machines wait."""
        return self.home / "signing-post"

    @cached_property
    def trust(self) -> list[Path]:
        """The roots that are named, and the test authority's where there is one."""
        ours = self.home / "keys" / "test-authority" / ROOT
        return [*self.plan.roots, *([ours] if ours.exists() else [])]

    @cached_property
    def services(self) -> TrustServices | None:
        """None: no time-stamping service is named."""
        if not self.plan.timestamps:
            return None
        return TrustServices(TimestampAuthority(self.plan.timestamps, self._http), self._revocation, self._roots)

    @property
    def level(self) -> Level:
        return LEVELS[self.plan.level]

    @property
    def usual_signer(self) -> str:
        """Who signs where nobody is named: the one of `digitize`, else the only one there is, else the test authority.

        Raises SigningRefused where there are several to choose from.
        """
        if self.plan.digitize or len(self.plan.signers) < 2:
            return self.plan.digitize or next(iter(self.plan.signers), TEST)
        known = ", ".join(self.plan.signers)
        raise SigningRefused(
            why_vi=f"có nhiều người ký, hãy chọn bằng --signer: {known}", why=f"several signers, name one: {known}"
        )

    def signer(self, name: str) -> Signer:
        """Raises SigningRefused for a name that is not in the plan."""
        if name == TEST:
            return Signer(TEST, "test", {})
        if name not in self.plan.signers:
            known = ", ".join((*self.plan.signers, TEST))
            raise SigningRefused(
                why_vi=f"chưa có người ký «{name}»; hiện có: {known}", why=f"no signer is called {name!r}: {known}"
            )
        return self.plan.signers[name]

    def holder(self, name: str) -> KeyHolder:
        """Opened once and kept until the office closes: a key is checked when it is loaded, which takes longer than many signatures,
        and a token wants its PIN once."""
        if name not in self._holders:
            self._holders[name] = self._test_key() if name == TEST else self._key_of(self.signer(name))
        return self._holders[name]

    def _test_key(self) -> KeyHolder:
        authority = open_test_authority(self.home / "keys" / "test-authority", now=now())
        for known in ("trust", "_roots"):  # it may just have been made
            self.__dict__.pop(known, None)
        return authority.signer

    def _key_of(self, signer: Signer) -> KeyHolder:
        return holder_of(signer, Around(self.post, self._shown, self.plan.ca_file, self.ask_pin, self.ask_code))

    def close(self) -> None:
        for holder in self._holders.values():
            holder.close()
        self._holders.clear()
        if "_validator" in self.__dict__:
            self._validator.close()

    def __enter__(self) -> SigningOffice:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def session(
        self,
        name: str,
        deliver: Callable[[Job, Path], None],
        *,
        journal: Journal | None = None,
        told: Callable[[str], None] = lambda _: None,
        judged: Callable[[FileReport], None] = lambda _: None,
    ) -> SigningSession:
        """A pile to be signed by `name`. The certificate is checked before each batch. journal: None is the home's own. judged: as in
        Finishing."""
        signer, kept = self.signer(name), journal or self.journal
        holder, finishing = self.holder(name), self.finishing(deliver, kept, judged)

        def fit(identity: Identity, at: datetime) -> Verdict:
            return self.must_be_fit(signer, identity, at)

        return SigningSession(kept, holder, finishing, now, time.sleep, fit, told)

    def finishing(
        self, deliver: Callable[[Job, Path], None], journal: Journal, judged: Callable[[FileReport], None] = lambda _: None
    ) -> Finishing:
        return Finishing(journal, self.services, self.trust, deliver, now, judged)

    def validate(self, path: Path) -> FileReport:
        """As sohoa.signing.validation's Validator: bounded, whatever the file is."""
        return self._validator.validate(path, now=now())

    def must_be_fit(self, signer: Signer, identity: Identity, at: datetime) -> Verdict:
        """Raises the kinds of CertificateUnfit; a revocation answer that cannot be had is a warning."""
        status: CertificateStatus | None = None
        if self.plan.revocation and names_a_place(identity.certificate):
            status = self._revocation.status(identity.certificate, identity.chain, trust=self._roots, now=at)
        expected = ExpectedSigner(name=signer.expected, code=signer.tax_code)
        return must_be_fit_to_sign(identity.certificate, identity.chain, trust=self.trust, now=at, status=status, expected=expected)

    @cached_property
    def _roots(self) -> tuple[bytes, ...]:
        """DER, read once."""
        return tuple(root.dump() for root in trusted_roots(self.trust))

    @cached_property
    def _validator(self) -> Validator:
        return Validator(trust=self.trust)

    @cached_property
    def _http(self) -> Http:
        return Http(ca_file=self.plan.ca_file)

    @cached_property
    def _revocation(self) -> RevocationService:
        return RevocationService(self._http)

    def _shown(self, job: HashJob) -> PreparedDocument | None:
        kept = self.journal.find(job.id)
        if kept is None:
            return None
        return PreparedDocument(self.journal.document(job.id), kept.prepared.hole, kept.profile, kept.when)


def open_office(
    home: Path,
    *,
    ask_pin: Callable[[PinNeeded], str | None] | None = None,
    ask_code: Callable[[str], str] | None = None,
) -> SigningOffice:
    """Raises SigningRefused."""
    return SigningOffice(home, signing_plan(home), ask_pin, ask_code)
