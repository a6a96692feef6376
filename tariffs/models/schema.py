"""JSON Schema of what people write in YAML, for editors: keys, words, forms of dates and prices.

It describes the text, not the model: a moment, a price and a quantity are strings of a form, and a
key that is left out has no null. The loader alone judges whether the parts fit together.
"""

from typing import Any, TypeAlias

from pydantic import BaseModel

from doisoat.messages.text import message, message_in
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.labels import FIELDS, ITEMS
from doisoat.tariffs.models.package_model import Package

Schema: TypeAlias = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
READING = "ReadingInPlace"
READ = ("Measure", "Envelope", "HouseholdBenefit")  # a reading may stand below any of these


def catalogue_schema() -> Schema:
    """Of one file of a catalogue: which of them holds which key is free, so none is required."""
    schema = describe(Catalogue, message("catalogue"))
    del schema["required"]
    schema["properties"]["like"] = {  # the loader alone reads it
        "title": str(message("like the catalogue")),
        "description": "A catalogue that comes with doisoat, whose keys it has where it says none.",
        "type": "string",
    }
    return schema


def package_schema() -> Schema:
    """Of a package, with {reading: NAME} wherever the loader puts a reading in place."""
    schema = describe(Package, message_in("schema", "package"))
    del schema["properties"]["chosen"]  # by --reading only: the loader refuses it in a file
    definitions: dict[str, Schema] = schema["$defs"]
    for name in _below(READ, definitions):
        for key, value in definitions[name].get("properties", {}).items():
            definitions[name]["properties"][key] = _or_reading(value)
    properties = schema["properties"]
    properties["measures"] = _or_reading(properties["measures"])
    properties["envelope"] = _or_reading(properties["envelope"])
    properties["households"] = _or_reading(properties["households"])
    del definitions["Measure"]["properties"]["programme"]  # `join` marks them
    definitions["Programme"] = {
        "title": str(ITEMS["programmes"]),
        "description": "The package of a programme: a bundled name, or a file beside this one.",
        "type": "object",
        "properties": {"package": {"title": str(ITEMS["package"]), "type": "string"}},
        "required": ["package"],
        "additionalProperties": False,
    }
    properties["programmes"]["minItems"] = 2
    schema["required"].remove("measures")
    schema["oneOf"] = [{"required": ["measures"]}, {"required": ["programmes"]}]
    definitions[READING] = {
        "title": message_in("in a line", "reading"),
        "description": "The value of the alternative in force of the reading of this name.",
        "type": "object",
        "properties": {
            "reading": {"type": "string"},
            "of": {
                "description": "Which part of it, where one answer decides several values.",
                "type": "string",
            },
        },
        "required": ["reading"],
        "additionalProperties": False,
    }
    return schema


def describe(model: type[BaseModel], title: str) -> Schema:
    """The schema of a model, with our words as titles and without null."""
    schema = model.model_json_schema()
    for part in (schema, *schema.get("$defs", {}).values()):
        for key, value in part.get("properties", {}).items():
            value = _written(value)
            value["title"] = str(FIELDS[key])
            part["properties"][key] = value
    return {"$schema": DIALECT, **schema, "title": title}


def _written(value: Schema) -> Schema:
    """Without null, which no file can say, and without defaults, which editors would write out."""
    keywords = {key: part for key, part in value.items() if key not in ("default", "discriminator")}
    choices = keywords.pop("anyOf", None) or keywords.pop("oneOf", None)
    if choices is None:
        return keywords
    choices = [choice for choice in choices if choice != {"type": "null"}]
    return {**keywords, **choices[0]} if len(choices) == 1 else {**keywords, "anyOf": choices}


def _below(names: tuple[str, ...], definitions: dict[str, Schema]) -> set[str]:
    """The definitions that these use, themselves included."""
    reached: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += _references(definitions[name])
    return reached - {"Note"}  # a source is no value


def _references(part: object) -> list[str]:
    if isinstance(part, list):
        return [name for below in part for name in _references(below)]
    if not isinstance(part, dict):
        return []
    names = [part["$ref"].rpartition("/")[2]] if "$ref" in part else []
    return names + [name for below in part.values() for name in _references(below)]


def _or_reading(value: Schema) -> Schema:
    """The value, or a reading in its place; of a list or mapping, each item as well.

    By if and else, not by anyOf: so an editor marks what is wrong, and not all that stands above.
    """
    keywords = {key: part for key, part in value.items() if key != "title"}
    if "anyOf" in keywords:
        keywords["anyOf"] = [_items_or_reading(choice) for choice in keywords["anyOf"]]
    title = {"title": value["title"]} if "title" in value else {}
    return {
        **title,
        "if": {"type": "object", "required": ["reading"]},
        "then": {"$ref": f"#/$defs/{READING}"},
        "else": _items_or_reading(keywords),
    }


def _items_or_reading(value: Schema) -> Schema:
    below: Schema = {
        key: _or_reading(value[key])
        for key in ("items", "additionalProperties")
        if isinstance(value.get(key), dict)
    }
    if "patternProperties" in value:
        names = value["patternProperties"]
        below["patternProperties"] = {name: _or_reading(part) for name, part in names.items()}
    return {**value, **below}
