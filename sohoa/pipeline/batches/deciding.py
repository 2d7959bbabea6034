"""Decided before scanning: which components of a dossier are digitised, which are not, and why (TT 01/2023/TT-VPCP, Điều 4).

What the one-stop system says stands in the register; what a person here says instead is kept with its reason, and comes first. A paper with
state secrets is refused before a byte of it is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from sohoa.pipeline.batches.errors import ComponentUnknown, DossierUnknown, StateSecretInDossier
from sohoa.pipeline.batches.keeping import must_say_why
from sohoa.pipeline.batches.models import ComponentDecision
from sohoa.storage.audit import chain
from sohoa.storage.catalogue.records import Filing, Record
from sohoa.storage.catalogue.register import Component, Decision, Dossier

REASONS_VI: Mapping[str, str] = {
    Decision.REQUIRED_BY_RULE: "thuộc diện phải số hóa",
    Decision.ON_DEMAND: "số hóa theo yêu cầu của người dân",
    Decision.REUSE_EXISTING: "đã có bản điện tử, dùng lại",
    Decision.EXCLUDED_COPY: "bản sao, không số hóa",
    Decision.EXCLUDED_PRESENTED_ONLY: "chỉ xuất trình để đối chiếu, không số hóa",
    Decision.EXCLUDED_STATE_SECRET: "có nội dung bí mật nhà nước, không được quét",
    Decision.ALREADY_SHARED_DATA: "dữ liệu đã được chia sẻ, không số hóa",
}


@dataclass(frozen=True, slots=True)
class Decided:
    """A component before scanning. by "": as the register says. reuse: records of the same kind that this owner already has, newest first."""

    component: int
    name: str
    document_type: str
    decision: str
    reason: str
    by: str = ""
    reuse: tuple[str, ...] = ()

    @property
    def to_scan(self) -> bool:
        return self.decision in (Decision.REQUIRED_BY_RULE, Decision.ON_DEMAND)

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "reuse": list(self.reuse), "by": self.by or None}


def decided(dossier: str) -> tuple[Decided, ...]:
    """In the register's order; () for a dossier that it does not know yet."""
    owner = Dossier.objects.filter(pk=dossier).values_list("owner_identifier", flat=True).first() or ""
    said = {one.ordinal: one for one in ComponentDecision.objects.filter(dossier=dossier)}
    return tuple(
        _decided(component, said.get(component.ordinal), _had_already(component, owner, dossier))
        for component in Component.objects.filter(dossier_id=dossier).order_by("ordinal")
    )


def _decided(component: Component, said: ComponentDecision | None, reuse: tuple[str, ...]) -> Decided:
    decision = said.decision if said else component.decision
    reason = said.reason if said else REASONS_VI[decision]
    told = (component.ordinal, component.name, component.document_type, decision, reason, said.by if said else "")
    return Decided(
        *told, reuse=reuse if decision in (Decision.REQUIRED_BY_RULE, Decision.ON_DEMAND, Decision.REUSE_EXISTING) else ()
    )


def _had_already(component: Component, owner: str, dossier: str) -> tuple[str, ...]:
    """Of the same owner, in other dossiers, of the same kind of paper. An offer: whether it is still valid is for a person to say."""
    if not owner or not component.document_type:
        return ()
    others = Dossier.objects.filter(owner_identifier=owner).exclude(pk=dossier).values_list("pk", flat=True)
    filed = Filing.objects.filter(dossier_code__in=list(others)).values_list("record_id", flat=True)
    same = Record.objects.filter(pk__in=list(filed), type_code=component.document_type).order_by("-archived_at")
    return tuple(same.values_list("pk", flat=True)[:5])


def decide(dossier: str, component: int, decision: Decision, *, reason: str, by: str, now: datetime) -> Decided:
    """Say otherwise than the register. Raises DossierUnknown, ComponentUnknown, BatchReasonMissing."""
    told = must_say_why(reason)
    if not Dossier.objects.filter(pk=dossier).exists():
        raise DossierUnknown()
    there = Component.objects.filter(dossier_id=dossier, ordinal=component).first()
    if there is None:
        raise ComponentUnknown(component=component)
    with transaction.atomic():
        row, _ = ComponentDecision.objects.update_or_create(
            dossier=dossier, ordinal=component, defaults={"decision": decision, "reason": told, "by": by, "at": now}
        )
        details: dict[str, object] = {"component": component, "before": there.decision, "decision": str(decision)}
        chain.append("component.decided", dossier, now=now, details=details, actor=by, why=told)
    return _decided(there, row, ())


def must_be_without_secrets(dossier: str, *, taken_out: bool) -> None:
    """taken_out: somebody says that those papers are not in the stack. Raises StateSecretInDossier."""
    secret = [one.component for one in decided(dossier) if one.decision == Decision.EXCLUDED_STATE_SECRET]
    if secret and not taken_out:
        raise StateSecretInDossier(components=", ".join(map(str, secret)))


def is_secret(dossier: str, component: int | None) -> bool:
    """Whether the papers under a separator sheet must not be scanned."""
    if component is None or not dossier:
        return False
    said = ComponentDecision.objects.filter(dossier=dossier, ordinal=component).values_list("decision", flat=True).first()
    known = said or Component.objects.filter(dossier_id=dossier, ordinal=component).values_list("decision", flat=True).first()
    return known == Decision.EXCLUDED_STATE_SECRET
