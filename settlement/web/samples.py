"""Samples of a home: what was decided, who committed, how far each has come, what it shows."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from doisoat.errors import StoreError
from doisoat.messages.text import in_language
from doisoat.settlement.sampling.design import MINISTRY
from doisoat.settlement.sampling.records import Sample
from doisoat.settlement.sampling.records import samples as samples_in
from doisoat.settlement.web.answers import answered
from doisoat.settlement.web.readers.audience import Audience
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.requests.request_checks import language_of
from doisoat.settlement.web.server_state import Site


async def samples(site: Site, request: Request) -> Response:
    """GET: the oldest first. They are read anew each time: a step of one publishes nothing."""
    asker, language = site.asker(request), language_of(request.scope)
    if not (asker.audience.sees_lines or asker.audience.carrier):
        raise Refusal("not_allowed", "samples")

    def read() -> list[dict[str, Any]]:
        try:
            all_samples = samples_in(site.home)
            return [
                _object_of(sample, language)
                for sample in all_samples
                if is_seen_by(asker.audience, sample)
            ]
        except StoreError as error:  # which one it is stays with the operator: it may be another's
            raise Refusal("damaged_sample", "samples") from error

    return answered({"samples": await site.read(read)})


def is_seen_by(audience: Audience, sample: Sample) -> bool:
    """A carrier sees the samples to which no other one is a party."""
    carriers = {*sample.design.parties} - {MINISTRY}
    return audience.sees_lines or carriers == {audience.carrier}


def _object_of(sample: Sample, language: str) -> dict[str, Any]:
    return {
        **sample.as_object(),
        "faults": [in_language(fault, language) for fault in sample.life.faults],
        "results": list(sample.design.results),
        "shown": sample.shown(),
    }
