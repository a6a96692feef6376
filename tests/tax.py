"""The tax inside the prices of the tests' tariffs."""

from fractions import Fraction

VAT = Fraction(1, 10)  # of vn-2021
