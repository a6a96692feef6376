"""`doisoat serve`: the auditor's page of a home."""

from contextlib import suppress
from pathlib import Path

import click

from doisoat.commands.options import echo, home_option, json_option, print_json, say
from doisoat.commands.web_extra import check_extra
from doisoat.messages.text import message

PORT = 8_421
PORT_MAX = 65_535
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port", type=click.IntRange(0, PORT_MAX), default=PORT, show_default=True,
    help="0: any that is free.",
)  # fmt: skip
@click.option(
    "--name", "names", multiple=True, metavar="NAME",
    help="By which browsers reach it, beside --host. May be repeated.",
)  # fmt: skip
@click.option("--tls-cert", type=FILE, metavar="FILE", help="A certificate, PEM.")
@click.option("--tls-key", type=FILE, metavar="FILE", help="Its private key, PEM.")
@click.option(
    "--insecure-behind-proxy", is_flag=True,
    help="Listen without TLS on another host: a proxy in front has it.",
)  # fmt: skip
@click.option(
    "--proxy", "proxies", multiple=True, metavar="ADDRESS",
    help="That proxy, whose X-Forwarded-For is believed. May be repeated.",
)  # fmt: skip
@click.option(
    "--query-memory", type=click.IntRange(64, 65_536), default=1_024, show_default=True,
    metavar="MIB", help="What a query of the console may keep in memory.",
)  # fmt: skip
@click.option(
    "--query-seconds", type=click.IntRange(1, 3_600), default=30, show_default=True,
    help="How long one may take.",
)  # fmt: skip
@click.option(
    "--allow-no-netns", is_flag=True,
    help="Open the console where queries can be kept off the network by DuckDB's settings alone.",
)  # fmt: skip
@home_option
@json_option
def command(
    host: str,
    port: int,
    names: tuple[str, ...],
    tls_cert: Path | None,
    tls_key: Path | None,
    insecure_behind_proxy: bool,
    proxies: tuple[str, ...],
    query_memory: int,
    query_seconds: int,
    allow_no_netns: bool,
    home: Path,
    as_json: bool,
) -> None:
    """Serve the auditor's page of HOME until stopped (Ctrl-C). Nothing of HOME is changed but web/.

    What is published later is served as soon as it is there. Who may log in: doisoat user.

    \b
    Example: doisoat serve --port 8421
    """
    check_extra()
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.access.users import held_users
    from doisoat.settlement.web.queries.sandbox import Limits, Sandbox
    from doisoat.settlement.web.requests.refusals import Refusal
    from doisoat.settlement.web.server_state import Site
    from doisoat.settlement.web.serving import ANY, Place, bound, check_certificate, serve

    if (tls_cert is None) != (tls_key is None):
        raise click.UsageError(message("--tls-cert and --tls-key go together"))
    if proxies and not insecure_behind_proxy:
        raise click.UsageError(
            message("--proxy is for --insecure-behind-proxy: add it, or leave it out")
        )
    place = Place(host, port, names, tls_cert, tls_key, proxies)
    if not (place.is_local or tls_cert or insecure_behind_proxy):
        raise click.UsageError(
            message(
                "{host} is reached by others, and passwords would go over the wire in the"
                " clear: give --tls-cert and --tls-key, or say --insecure-behind-proxy",
                host=host,
            )
        )
    if host in ANY and not names:
        raise click.UsageError(message("by which name do browsers reach it? Give --name NAME"))
    opened = open_home(home)
    checked = held_users(opened)
    for note in checked.notes:
        say(message("Note") + ": " + note)
    if not checked.users:
        say(message("Note") + ": " + message("nobody may log in yet") + ": doisoat user add")
    check_certificate(place)
    site = Site(opened, tls=place.tls, say=say)
    try:
        with suppress(Refusal):  # nothing is published yet
            site.generations.now()
        listening = bound(place)
        bound_port = listening.getsockname()[1]
        url = f"{'https' if tls_cert else 'http'}://{names[0] if names else host}:{bound_port}/"

        def ready() -> None:
            if as_json:
                print_json({"url": url, "host": host, "port": bound_port})
            else:
                echo(message("Serving") + f"\t{url}")

        limits = Limits(memory=query_memory << 20, seconds=query_seconds)
        serve(site, place, listening, Sandbox(limits, isolate=not allow_no_netns), ready)
    finally:
        site.close()
