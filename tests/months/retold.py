"""A home in which an adjustment was written anew, with every digest of it along with it."""

import json

from doisoat.engine.store import commit
from doisoat.engine.store.home import open_home
from doisoat.settlement.figures.run_id import canonical_json
from doisoat.settlement.log import journal
from doisoat.settlement.log.merkle import Tree


def retold(home, folder):
    """Makes the manifest, the log and its head tell of the files that lie in the folder now."""
    manifest, log = folder / "manifest.json", home / journal.JOURNAL
    before = commit.sha256_of(manifest)
    content = {**json.loads(manifest.read_bytes()), "files": commit.part_manifest(folder)}
    manifest.write_bytes(canonical_json(content))
    after = commit.sha256_of(manifest)
    log.write_bytes(log.read_bytes().replace(before.encode(), after.encode()))
    tree = Tree(journal.lines(open_home(home)))
    commit.write_json(home / journal.HEAD, {"size": len(tree), "root": tree.root().hex()})
