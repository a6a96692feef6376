"""Commands of the page need packages that settling does not."""

import click

from doisoat.messages.text import message


def check_extra() -> None:
    """Name the remedy where a package of the extra is not installed."""
    from doisoat.settlement.access.passwords import missing

    name = missing()
    if name is not None:
        raise click.UsageError(
            message("{name} is not installed: pip install 'doisoat[web]'", name=name)
        )
