"""The predicates that indicators are made of: each takes dossiers and gives those for which it holds, counted from evidence."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Exists, OuterRef, QuerySet

from sohoa.storage.catalogue.records import Filing
from sohoa.storage.catalogue.register import TO_DIGITIZE, Channel, Component, Dossier
from sohoa.storage.retention.states import not_revoked

Dossiers = QuerySet[Dossier]

# Evidence is a record in the archive that carries a signature nobody has refuted.
_EVIDENCE = Filing.objects.exclude(record__signature_verdict__in=("", "failed"))


def received(dossiers: Dossiers) -> Dossiers:
    return dossiers


def submitted_online(dossiers: Dossiers) -> Dossiers:
    return dossiers.filter(channel=Channel.ONLINE)


def has_component_to_digitize(dossiers: Dossiers) -> Dossiers:
    return dossiers.filter(Exists(Component.objects.filter(dossier=OuterRef("pk"), decision__in=TO_DIGITIZE)))


def every_component_archived(dossiers: Dossiers) -> Dossiers:
    archived = _EVIDENCE.filter(component=OuterRef("pk"))
    missing = Component.objects.filter(dossier=OuterRef("pk"), decision__in=TO_DIGITIZE).exclude(Exists(archived))
    return dossiers.exclude(Exists(missing))


def resolved_with_result(dossiers: Dossiers) -> Dossiers:
    return dossiers.filter(resolved_at__isnull=False, yields_result=True)


def has_e_result(dossiers: Dossiers) -> Dossiers:
    return dossiers.filter(Exists(not_revoked(_EVIDENCE.filter(result__dossier=OuterRef("pk")))))


PREDICATES: dict[str, Callable[[Dossiers], Dossiers]] = {
    predicate.__name__: predicate
    for predicate in (
        received,
        submitted_online,
        has_component_to_digitize,
        every_component_archived,
        resolved_with_result,
        has_e_result,
    )
}
