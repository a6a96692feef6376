"""Faults that pydantic reports in somebody's file, in both languages."""

from pydantic_core import ErrorDetails

from doisoat.messages.text import Text, text_of_error

# What a model finds by its types, in Vietnamese; the words in braces are pydantic's.
FAULTS = {
    "missing": "thiếu từ này",
    "extra_forbidden": "không có từ này",
    "literal_error": "phải là {expected}",
    "string_pattern_mismatch": "phải viết theo dạng {pattern}",
    "string_type": "phải là văn bản",
    "int_parsing": "phải là số nguyên",
    "int_type": "phải là số nguyên",
    "greater_than_equal": "phải từ {ge} trở lên",
    "less_than_equal": "không được quá {le}",
    "too_short": "cần ít nhất {min_length} mục, mới có {actual_length}",
    "model_type": "phải gồm các cặp từ và giá trị",
    "dict_type": "phải gồm các cặp từ và giá trị",
    "tuple_type": "phải là một danh sách",
}


def said_of_model(fault: ErrorDetails) -> Text:
    """What pydantic finds; its own kinds of faults in our words beside its own."""
    context = fault.get("ctx", {})
    if "error" in context:  # what a validator raised
        return text_of_error(context["error"])
    known = FAULTS.get(fault["type"])
    if known is None:
        return Text(fault["msg"], fault["msg"])
    return Text(known.format(**context).replace(" or ", " hoặc "), fault["msg"])
