"""Kinds of files that intake takes, by the names that mappings and commands give them."""

from typing import Literal, get_args

FileKind = Literal["usage", "subscriptions", "ports", "packs", "balances", "allow-list", "orders"]
FILE_KINDS: tuple[FileKind, ...] = get_args(FileKind)
