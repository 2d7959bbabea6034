"""The register: units, dossiers, their components and results, as the one-stop system tells them."""

from __future__ import annotations

from django.db import models


class Unit(models.Model):
    code = models.CharField(primary_key=True, max_length=40)
    name = models.CharField(max_length=200)
    level = models.CharField(max_length=20)  # province | district | commune | vertical


class Channel(models.TextChoices):
    DIRECT = "direct"
    ONLINE = "online"
    POSTAL = "postal"


class Decision(models.TextChoices):
    """Whether a component is digitised, and if not, why not (TT 01/2023/TT-VPCP, Điều 4)."""

    REQUIRED_BY_RULE = "required_by_rule"
    ON_DEMAND = "on_demand"
    REUSE_EXISTING = "reuse_existing"
    EXCLUDED_COPY = "excluded_copy"
    EXCLUDED_PRESENTED_ONLY = "excluded_presented_only"
    EXCLUDED_STATE_SECRET = "excluded_state_secret"
    ALREADY_SHARED_DATA = "already_shared_data"


# What must have an archived copy of its own for the dossier to count as digitised.
TO_DIGITIZE = (Decision.REQUIRED_BY_RULE, Decision.ON_DEMAND)


class Dossier(models.Model):
    code = models.CharField(primary_key=True, max_length=60)
    procedure_code = models.CharField(max_length=40)
    procedure_name = models.CharField(max_length=500)
    sector = models.CharField(max_length=200, blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="dossiers")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    received_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=30, blank=True)
    yields_result = models.BooleanField()
    # Personal number, or tax code of an organisation: by it a paper finds its dossier. Masked wherever it is shown.
    owner_identifier = models.CharField(max_length=20, blank=True, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["received_at", "unit"]), models.Index(fields=["resolved_at", "unit"])]


class Paper(models.Model):
    """What the one-stop system itself says that a paper bears, as far as it does; "" and None where it says nothing.

    It was typed or given out by that system, not read off the scan: so it may confirm what a pen wrote.
    """

    code_number = models.CharField(max_length=30, blank=True)
    code_notation = models.CharField(max_length=60, blank=True)
    issued_date = models.DateField(null=True)

    class Meta:
        abstract = True


class Component(Paper):
    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="components")
    ordinal = models.PositiveIntegerField()
    document_type = models.CharField(max_length=20)
    name = models.CharField(max_length=300)
    decision = models.CharField(max_length=30, choices=Decision.choices)
    sheets = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dossier", "ordinal"], name="component_once")]


class Result(Paper):
    """A result to give back; its code is `{dossier}-KQ{ordinal}` (NĐ 45/2020, Điều 14)."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="results")
    ordinal = models.PositiveIntegerField()
    document_type = models.CharField(max_length=20)
    name = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dossier", "ordinal"], name="result_once")]

    @property
    def code(self) -> str:
        return f"{self.dossier.code}-KQ{self.ordinal}"


class RegisterImport(models.Model):
    """An import of the register that was entered. number: from 1, as the package of the register has them."""

    number = models.PositiveIntegerField(primary_key=True)
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.CharField(max_length=100)
