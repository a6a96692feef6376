"""Shell completion beyond names: the months of the home. Light to import."""

import json
from pathlib import Path

import click
from click.shell_completion import CompletionItem

MANIFESTS_MAX = 1_000  # a key press must not take long


def periods(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Months with usage in the home that the line names so far, as the manifests say."""
    months = {
        month
        for manifest in _manifests(context)
        for source in manifest["sources"]
        for month in source["months"]
    }
    return sorted(month for month in months if month.startswith(incomplete))


def months_or_files(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Files, and a month where the first word begins like one."""
    is_first = incomplete and not context.params.get(str(parameter.name))
    months = periods(context, parameter, incomplete) if is_first else []
    return [CompletionItem(month) for month in months] or [CompletionItem(incomplete, type="file")]


def _manifests(context: click.Context) -> list[dict[str, list[dict[str, dict[str, int]]]]]:
    home = context.params.get("home")
    manifests = []
    for path in sorted(Path(home or "out").glob("usage/part=*/manifest.json"))[:MANIFESTS_MAX]:
        try:
            manifest = json.loads(path.read_bytes())
            _ = [source["months"] for source in manifest["sources"]]
        except (OSError, ValueError, KeyError, TypeError):
            continue  # Completion says nothing of a home that is not whole.
        manifests.append(manifest)
    return manifests
