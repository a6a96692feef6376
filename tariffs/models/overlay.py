"""What an overlay said, as the catalogue that it was put over keeps it."""

from doisoat.messages.text import Text, composed, message
from doisoat.tariffs.models.field_types import Identifier, Mark, Model, Moment


class Changed(Model):
    """What one change of a patch did: how often, and the values before and after, as written."""

    key: str
    before: tuple[str, ...]
    after: str | None  # None: taken out
    places: int
    valid_from: Moment | None
    valid_until: Moment | None
    source: str
    mark: Mark


class Overlay(Model):
    """One overlay and all that it changed, in the order of its file."""

    id: Identifier
    title: str
    title_en: str
    author: str
    reference: str
    carrier: Identifier | None
    changes: tuple[Changed, ...]

    @property
    def named(self) -> dict[str, str]:
        """Its head, for programs."""
        return {
            "id": self.id, "title": self.title, "author": self.author,
            "reference": self.reference,
        }  # fmt: skip

    @property
    def sentence(self) -> Text:
        """What papers say of it in one line."""
        return composed(
            "{}: {} ({}; {}): {}",
            self.id,
            Text(self.title, self.title_en),
            self.author,
            self.reference,
            message("changes: {count}", count=len(self.changes)),
        )
