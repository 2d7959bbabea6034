"""What each role may do, as the store itself understands it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sohoa.storage.objects.model import LOCKED, PLAIN
from sohoa.storage.objects.place import Place
from sohoa.storage.objects.policies import ROLES, Role, policy

TAKES_AWAY = {"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:DeleteBucket"}


def allowed(role: Role, bucket: str) -> set[str]:
    """Actions that the role's policy comes down to on one bucket: what is allowed and not denied."""
    actions: dict[str, set[str]] = {"Allow": set(), "Deny": set()}
    statements = policy(role)["Statement"]
    assert isinstance(statements, list)
    for statement in statements:
        if f"arn:aws:s3:::{bucket}/*" in statement["Resource"] and f"arn:aws:s3:::{bucket}" in statement["Resource"]:
            actions[statement["Effect"]] |= set(statement["Action"])
    return actions["Allow"] - actions["Deny"]


@pytest.mark.parametrize("bucket", LOCKED)
def test_daily_work_writes_and_locks_and_takes_nothing_away(bucket: str) -> None:
    assert {"s3:PutObject", "s3:GetObjectVersion", "s3:ListBucketVersions", "s3:PutObjectRetention"} <= allowed("daily", bucket)
    assert not allowed("daily", bucket) & (TAKES_AWAY | {"s3:PutObjectLegalHold", "s3:PutBucketVersioning"})


@pytest.mark.parametrize("bucket", [*LOCKED, *PLAIN])
def test_the_auditor_changes_nothing_anywhere(bucket: str) -> None:
    assert not [action for action in allowed("auditor", bucket) if not action.startswith(("s3:Get", "s3:List"))]
    assert ("s3:GetObjectVersion" in allowed("auditor", bucket)) == (bucket in LOCKED)


@pytest.mark.parametrize("role", ROLES)
def test_no_role_may_pass_over_a_lock_and_none_has_a_wild_card(role: Role) -> None:
    for bucket in (*LOCKED, *PLAIN):
        assert "s3:BypassGovernanceRetention" not in allowed(role, bucket)
    assert '"s3:*"' not in json.dumps(policy(role))
    assert '"*"' not in json.dumps(policy(role))


def test_only_the_administrator_erases_and_holds() -> None:
    for bucket in LOCKED:
        may = {role for role in ROLES if allowed(role, bucket) & (TAKES_AWAY | {"s3:PutObjectLegalHold"})}
        assert may == {"admin"}


def test_the_embedded_server_runs_under_the_policy_that_is_printed(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.make()
    told = json.loads(place.identities())
    assert json.loads(told["policies"][0]["content"]) == policy("daily")
    assert told["identities"][0]["policyNames"] == [told["policies"][0]["name"]]
