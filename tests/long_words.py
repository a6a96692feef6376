"""Amounts in words read back by a reader that shares nothing with them: 2,000,000 numbers.

python -m tests.long_words [--numbers N]

Half of them are 0 to N/2, the others random to 10^26 of either sign, in every style of a house by
turns.
"""

import argparse
import itertools
import random
import sys
import time

from doisoat.words import FOURS, THOUSANDS, ZERO_TENS, WordStyle, number_in_words
from tests.test_words import read_back

STYLES = [WordStyle(*one) for one in itertools.product(ZERO_TENS, FOURS, THOUSANDS)]
LARGEST_DIGITS = 26


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--numbers", type=int, default=2_000_000)
    count = parser.parse_args().numbers
    drawn, began, wrong = random.Random(2021), time.monotonic(), 0
    for place in range(count):
        number = place
        if place >= count // 2:
            digits = drawn.randint(1, LARGEST_DIGITS)
            number = drawn.randint(-(10**digits), 10**digits)
        said = number_in_words(number, STYLES[place % len(STYLES)])
        if read_back(said) != number:
            wrong += 1
            print(f"{number}: {said}")
    print(f"{count:,} numbers read back, {wrong} wrong, {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
