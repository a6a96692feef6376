"""Each edge in oracle and kernel, and by the kernel's two ways."""

import pytest

from tests.engine.edges import EDGES
from tests.engine.efforts import NAMES, known_efforts, measured
from tests.engine.order_edges import ORDER_EDGES
from tests.engine.pack_edges import PACK_EDGES
from tests.engine.price_edges import PRICE_EDGES
from tests.engine.way_edges import WAY_EDGES
from tests.implementations import IMPLEMENTATIONS, facts, outcomes
from tests.recorder import Recorded, everything

EVERY = (*EDGES, *PRICE_EDGES, *ORDER_EDGES, *PACK_EDGES, *WAY_EDGES)
each = pytest.mark.parametrize("edge", EVERY, ids=lambda e: e.name)


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
@each
def test_edge(implementation, edge):
    found = [
        (o.list_value, o.list_value - o.payable, o.payable) if o.status == "rated" else o.status
        for o in outcomes(implementation, *edge.inputs)
    ]
    assert found == list(edge.expected)


@each
def test_the_two_agree_on_all_of_an_edge(edge):
    by_oracle, by_kernel = (outcomes(name, *edge.inputs) for name in IMPLEMENTATIONS)
    assert [facts(one) for one in by_kernel] == [facts(one) for one in by_oracle]


@each
def test_the_two_ways_give_the_same_of_an_edge(edge):
    one = Recorded(edge.inputs)
    assert everything(one.again(one.events)) == everything(one.again(one.events, short_way=False))


@each
def test_an_edge_takes_what_it_took(edge):
    """A change is a change of the kernel's ways: `python -m tests.engine.efforts --write`."""
    known = dict(zip(NAMES, known_efforts()[edge.name], strict=True))
    assert dict(zip(NAMES, measured(edge.inputs), strict=True)) == known


def test_no_two_edges_have_one_name():
    assert len({edge.name for edge in EVERY}) == len(EVERY) == len(known_efforts())
