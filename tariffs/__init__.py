"""Tariffs: the dated catalogue, the packages, and their compilation."""

DEFAULT_CATALOGUE = "vn-2021"
DEFAULT_PACKAGE = "vn-2021-08"
