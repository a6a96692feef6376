"""A small mapping whose fields a test says."""

SMALL = """
name: small
title: small
source_system: small
usage:
  - name: usage
    {layout}
    fields:
      carrier: {{constant: viettel}}
      kind: {{constant: {kind}}}
      subscriber: {{column: a}}
      {fields}
    key: {{columns: [id]}}
"""


def small_mapping(kind="data", layout="data_unit: KB", **fields):
    """Its text. Args: fields: what the mapping says of each, as YAML."""
    lines = "\n      ".join(f"{name}: {source}" for name, source in fields.items())
    return SMALL.format(kind=kind, layout=layout, fields=lines)
