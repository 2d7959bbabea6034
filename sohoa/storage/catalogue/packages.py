"""What the catalogue knows of the packages in the bucket: which, and how far it has followed each."""

from __future__ import annotations

from django.db import models

from sohoa.storage.packages.model import Package


class KnownPackage(models.Model):
    """head: the newest version that was entered. inventory_sha512: of that version's inventory."""

    id = models.CharField(primary_key=True, max_length=200)
    head = models.PositiveIntegerField()
    inventory_sha512 = models.CharField(max_length=128)


def follow(package: Package) -> None:
    """Note how far the catalogue has come; call it in the transaction that enters what the version holds."""
    told = {"head": package.head, "inventory_sha512": package.inventory_sha512}
    known, created = KnownPackage.objects.get_or_create(pk=package.id, defaults=told)
    if not created and known.head < package.head:
        KnownPackage.objects.filter(pk=package.id, head__lt=package.head).update(**told)
