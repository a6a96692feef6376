"""Our errors: their three parts, their exit statuses, and their way between processes."""

import errno
import os
import pickle

import pytest

from doisoat import errors
from doisoat.errors import FAULTS, DoisoatError, system_text

CLASSES = [
    found
    for found in vars(errors).values()
    if isinstance(found, type) and issubclass(found, DoisoatError)
]


@pytest.mark.parametrize("kind", CLASSES)
def test_an_error_says_what_where_and_how_to_mend(kind):
    error = kind("duration is -7", "calls.csv:4812", "ask P2 for a corrected file")
    assert str(error) == (
        "calls.csv:4812: duration is -7.\n  To mend: ask P2 for a corrected file."
    )
    assert error.as_object() == {
        "error": {
            "what": "duration is -7",
            "where": "calls.csv:4812",
            "mend": "ask P2 for a corrected file",
        }
    }


@pytest.mark.parametrize("kind", CLASSES)
def test_an_error_of_a_worker_reaches_its_parent_whole(kind):
    sent = kind("what", "where", "mend")
    received = pickle.loads(pickle.dumps(sent))
    assert type(received) is kind
    assert received.as_object() == sent.as_object()


def test_each_kind_has_an_exit_status_of_its_own():
    assert {kind.__name__: kind.exit_code for kind in CLASSES} == {
        "DoisoatError": 1,
        "CatalogueError": 4,
        "IntakeError": 5,
        "StoreError": 6,
        "PeriodError": 7,
        "KeyFileError": 8,
        "ExecutorError": 9,
        "ConservationError": 70,
        "Interrupted": 130,
    }
    taken = [kind.exit_code for kind in CLASSES]
    assert len(set(taken)) == len(taken)
    assert not {0, errors.EXIT_USAGE, errors.EXIT_DISAGREEMENTS} & set(taken)
    assert all(kind.__doc__ for kind in CLASSES)


def test_what_the_system_says_is_said_in_every_language():
    for number, text in FAULTS.items():
        assert system_text(OSError(number, os.strerror(number))) == text
        assert text.en == os.strerror(number) and text.vi != text.en
    strange = OSError(errno.ENOENT, "not what the system says")
    assert system_text(strange).vi == "not what the system says"
