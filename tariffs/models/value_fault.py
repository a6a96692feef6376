"""What is wrong with a value of a tariff, and how to mend it, in each language."""

from doisoat.messages.text import Text, TextError


class ValueFault(TextError):
    """A value that a model refuses: the fault and the mend, for whoever says where it stands."""

    def __init__(self, fault: Text, mend: Text) -> None:
        parts = zip(fault.texts, mend.texts, strict=True)
        super().__init__(Text(*(f"{what}: {how}" for what, how in parts)))
        self.fault, self.mend = fault, mend
