"""Runs made by hand, and the papers of one of them."""

import shutil
from datetime import datetime

import pytest

from doisoat.settlement.papers.build import papers
from doisoat.settlement.papers.issue import Issue
from tests.papers.world import write_run

ISSUED = datetime(2021, 9, 5, 9, 0)
DRAFT = Issue(None, 3, "ab" * 32, "", ISSUED)
SIGNED = Issue("ed25519:4f2a9c0b", 12, "cd" * 32, "K7QF-2M9X-TT4C-81ZD-0RWE-6HVB-35", ISSUED)


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """A run whose amounts reach 10^13 đồng, of all 63 provinces."""
    return write_run(tmp_path_factory.mktemp("run"), scale=1_000_000_003)


@pytest.fixture(scope="session")
def signed(run):
    """Every paper of that run, by name, under a key."""
    return {name: c for one in papers(run, SIGNED) for name, c in one.files.items()}


@pytest.fixture(scope="session")
def draft(run):
    """A draft of one carrier."""
    (one,) = papers(run, DRAFT, carrier="viettel")
    return one.files


@pytest.fixture
def copied(run, tmp_path):
    """The same run in a folder of the test's own."""
    return shutil.copytree(run, tmp_path / run.name)
