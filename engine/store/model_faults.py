"""Faults that pydantic reports in somebody's file, in both languages."""

from pydantic_core import ErrorDetails

from doisoat.messages.text import Text, alternatives, template, text_of_error

# What a model finds by its types, as other languages than pydantic's say it; in braces its words.
FAULTS = {
    "missing": template("this key is missing"),
    "extra_forbidden": template("there is no such key"),
    "literal_error": template("it must be {expected}"),
    "string_pattern_mismatch": template("it must be of the form {pattern}"),
    "string_type": template("it must be a text"),
    "int_parsing": template("it must be a whole number"),
    "int_type": template("it must be a whole number"),
    "greater_than_equal": template("it must be {ge} or more"),
    "less_than_equal": template("it must be {le} or less"),
    "too_short": template("at least {min_length} entries are needed, {actual_length} are there"),
    "model_type": template("it must be keys with values"),
    "dict_type": template("it must be keys with values"),
    "tuple_type": template("it must be a list"),
}


def said_of_model(fault: ErrorDetails) -> Text:
    """What pydantic finds; its own kinds of faults in our words beside its own."""
    context = fault.get("ctx", {})
    if "error" in context:  # what a validator raised
        return text_of_error(context["error"])
    known = FAULTS.get(fault["type"])
    if known is None:
        return Text(fault["msg"], fault["msg"])
    vi = known(**context).vi.replace(" or ", alternatives(("", "")).vi)
    return Text(vi, fault["msg"])
