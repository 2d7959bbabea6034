"""RFC 9162's tree. The roots and paths over eight short entries are the reference values that implementations of RFC 6962 share."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa.storage.audit.merkle import (
    OF_NOTHING,
    Tree,
    consistency_path,
    inclusion_path,
    leaf_hash,
    node_hash,
    subtree_of,
    verify_consistency,
    verify_inclusion,
)

ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
LEAVES = [leaf_hash(bytes.fromhex(entry)) for entry in ENTRIES]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIZES = st.integers(1, 70)


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


def root_of(some: list[bytes]) -> bytes:
    return subtree_of(some)(0, len(some))


def by_the_definition(some: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1, word for word."""
    if len(some) < 2:
        return some[0] if some else hashlib.sha256(b"").digest()
    left = 1
    while left * 2 < len(some):
        left *= 2
    return node_hash(by_the_definition(some[:left]), by_the_definition(some[left:]))


def test_the_reference_roots_come_out() -> None:
    assert [root_of(LEAVES[:size]).hex() for size in range(1, 9)] == ROOTS
    assert Tree().root == OF_NOTHING == hashlib.sha256(b"").digest()


def test_the_reference_path_to_the_first_of_eight_comes_out() -> None:
    assert [step.hex() for step in inclusion_path(0, 8, subtree_of(LEAVES))] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]


def test_the_reference_consistency_of_six_with_eight_comes_out() -> None:
    assert [step.hex() for step in consistency_path(6, 8, subtree_of(LEAVES))] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@given(SIZES)
def test_a_growing_tree_is_the_tree_of_the_definition(size: int) -> None:
    tree = Tree()
    for number, leaf in enumerate(leaves(size), 1):
        tree.add(leaf)
        assert tree.root == by_the_definition(leaves(number))
        assert len(tree.peaks) == number.bit_count()


@given(SIZES, st.integers(0, 70))
def test_a_tree_goes_on_from_its_peaks_as_if_it_had_never_stopped(size: int, more: int) -> None:
    whole, first = Tree(), Tree()
    for leaf in leaves(size):
        first.add(leaf)
    second = Tree(first.size, first.peaks)
    for leaf in leaves(size + more)[size:]:
        second.add(leaf)
    for leaf in leaves(size + more):
        whole.add(leaf)
    assert (second.root, second.peaks) == (whole.root, whole.peaks)


@given(SIZES)
def test_every_full_part_is_told_once_with_its_place(size: int) -> None:
    told: dict[tuple[int, int], bytes] = {}
    tree = Tree(ended=lambda level, place, node: told.setdefault((level, place), node))
    for leaf in leaves(size):
        tree.add(leaf)
    subtree = subtree_of(leaves(size))
    assert told == {
        (level, place): subtree(place << level, (place + 1) << level)
        for level in range(size.bit_length())
        for place in range(size >> level)
    }


def test_every_leaf_of_every_small_tree_can_be_proven() -> None:
    for size in range(1, 34):
        some = leaves(size)
        for index in range(size):
            path = inclusion_path(index, size, subtree_of(some))
            assert verify_inclusion(some[index], index, size, path, root_of(some))


@given(st.data())
def test_a_leaf_that_is_not_there_is_not_proven(data: st.DataObject) -> None:
    size = data.draw(SIZES)
    index = data.draw(st.integers(0, size - 1))
    some = leaves(size)
    root, path = root_of(some), inclusion_path(index, size, subtree_of(some))
    assert not verify_inclusion(leaf_hash(b"khac"), index, size, path, root)
    assert not verify_inclusion(some[index], index, size, [*path, root], root)
    assert not verify_inclusion(some[index], size, size, path, root)
    assert not verify_inclusion(some[index], index, size, path, leaf_hash(root))
    if path:
        assert not verify_inclusion(some[index], index, size, path[1:], root)
        assert not verify_inclusion(some[index], index ^ 1, size, path, root)
        spoilt = data.draw(st.integers(0, len(path) - 1))
        assert not verify_inclusion(some[index], index, size, [*path[:spoilt], leaf_hash(path[spoilt]), *path[spoilt + 1 :]], root)


def test_every_small_tree_is_consistent_with_every_one_before_it() -> None:
    for new in range(1, 34):
        some = leaves(new)
        for old in range(1, new + 1):
            path = consistency_path(old, new, subtree_of(some))
            assert verify_consistency(old, root_of(some[:old]), new, root_of(some), path)


@settings(max_examples=200)
@given(st.data())
def test_a_tree_whose_past_was_changed_is_not_consistent(data: st.DataObject) -> None:
    new = data.draw(SIZES)
    old = data.draw(st.integers(1, new))
    changed = data.draw(st.integers(0, old - 1))
    some, was = leaves(new), leaves(old)
    was[changed] = leaf_hash(b"khac")
    path = consistency_path(old, new, subtree_of(some))
    assert not verify_consistency(old, root_of(was), new, root_of(some), path)
    forged = [*was, *some[old:]]
    assert not verify_consistency(old, root_of(some[:old]), new, root_of(forged), consistency_path(old, new, subtree_of(forged)))
    assert not verify_consistency(old, root_of(some[:old]), new, root_of(some), [*path, root_of(some)])


def test_what_makes_no_sense_is_refused() -> None:
    subtree = subtree_of(LEAVES)
    for ask in (
        lambda: inclusion_path(8, 8, subtree),
        lambda: consistency_path(0, 8, subtree),
        lambda: consistency_path(9, 8, subtree),
    ):
        with pytest.raises(ValueError):
            ask()
    for size, peaks in ((3, LEAVES[:1]), (1, [b"ngan"]), (-1, [])):
        with pytest.raises(ValueError):
            Tree(size, peaks)
    assert not verify_consistency(0, OF_NOTHING, 8, root_of(LEAVES), [])
    assert not verify_consistency(3, root_of(LEAVES[:3]), 8, root_of(LEAVES), [])
