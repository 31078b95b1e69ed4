"""Evaluate the LaTeX formulas of the records, so that what the book prints can be compared with what is computed.

The language is the little that formulas of one variable need: sums, juxtaposed products, fractions, roots, powers,
absolute values, named functions, `cases` with conditions, several sides of an equation, and definitions after a quad.
"""

import math
import operator
import re

TOKEN = re.compile(r"\\[a-zA-Z]+|\d+(?:\.\d+)?|[a-zA-Z]|[-+*/^(){}|<>=,&']")
IGNORED = re.compile(r"\\[,;! ]|\\left|\\right")
WORDS = re.compile(r"\\(?:mathrm|operatorname|text)\{([a-z]+)\}")

FUNCTIONS = {
    r"\max": max,
    r"\min": min,
    r"\log": math.log,
    r"\tanh": math.tanh,
    r"\sin": math.sin,
    r"\cos": math.cos,
    r"\sigma": lambda v: 1 / (1 + math.exp(-v)),
    r"\Phi": lambda v: math.erfc(-v / math.sqrt(2)) / 2,
    r"\varphi": lambda v: math.exp(-v * v / 2) / math.sqrt(2 * math.pi),
    r"\sign": lambda v: math.copysign(1, v) if v else 0.0,
}
RELATIONS = {"<": operator.lt, ">": operator.gt, r"\le": operator.le, r"\ge": operator.ge}
ENDS = {None, "+", "-", ")", "}", "|", ",", "=", "&", r"\row", r"\end", "/", *RELATIONS}


def sides(latex, symbols):
    """The value of each side of an equation, or of the one expression that there is."""
    main, *definitions = re.split(r"\\q+uad", latex)
    symbols = {"e": math.e, **symbols}
    for definition in definitions:
        if "=" in definition:
            name, _, formula = definition.partition("=")
            symbols[name.strip()] = Parser(formula, symbols).whole()
    return [Parser(side, symbols).whole() for side in split_at_equals(main)]


def split_at_equals(latex):
    return [latex] if r"\begin" in latex else latex.split("=")


class Parser:
    """A recursive-descent parser that computes as it reads."""

    def __init__(self, latex, symbols):
        latex = latex.replace(
            r"\\", r"\row "
        )  # before its second backslash can pass for the start of a space
        latex = WORDS.sub(lambda match: f"\\{match[1]} ", IGNORED.sub(" ", latex))
        self.tokens = TOKEN.findall(latex)
        left_over = re.sub(r"\s", "", TOKEN.sub("", latex))
        if left_over:
            raise ValueError(f"cannot read {left_over!r} in {latex!r}")
        self.symbols, self.place = symbols, 0

    @property
    def next(self):
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self, expected=None):
        token = self.next
        if token is None or expected not in (None, token):
            raise ValueError(f"expected {expected!r}, found {token!r}")
        self.place += 1
        return token

    def whole(self):
        value = self.sum()
        if self.next is not None:
            raise ValueError(f"cannot read on at {self.next!r}")
        return value

    def sum(self):
        sign = -1 if self.next == "-" else 1
        if self.next in ("+", "-"):
            self.take()
        total = sign * self.product()
        while self.next in ("+", "-"):
            sign = -1 if self.take() == "-" else 1
            total += sign * self.product()
        return total

    def product(self):
        value = self.power()
        while self.next not in ENDS or self.next == "/":
            if self.next == "/":
                self.take()
                value /= self.power()
            else:
                value *= self.power()
        return value

    def power(self):
        base = self.base()
        return base ** self.exponent() if self.next == "^" else base

    def exponent(self):
        self.take("^")
        return self.group() if self.next == "{" else self.base()

    def group(self, opening="{", closing="}"):
        self.take(opening)
        value = self.sum()
        self.take(closing)
        return value

    def base(self):
        token = self.next
        if token in ("(", "{", "|"):
            return (
                abs(self.group("|", "|")) if token == "|" else self.group(token, {"(": ")", "{": "}"}[token])
            )
        self.take()
        if token == r"\frac":
            return self.group() / self.group()
        if token == r"\sqrt":
            return math.sqrt(self.group())
        if token == r"\begin":
            return self.cases()
        if token in self.symbols:
            return self.symbols[token]
        if token in FUNCTIONS:
            return self.call(FUNCTIONS[token])
        return float(token)

    def call(self, function):
        power = self.exponent() if self.next == "^" else 1
        if self.next != "(":
            return function(self.power()) ** power
        self.take("(")
        arguments = [self.sum()]
        while self.next == ",":
            self.take()
            arguments.append(self.sum())
        self.take(")")
        return function(*arguments) ** power

    def cases(self):
        for token in "{cases}":
            self.take(token)
        found = None
        while True:
            value = self.sum()
            self.take("&")
            if self.condition() and found is None:
                found = value
            if self.take() == r"\end":
                break
        for token in "{cases}":
            self.take(token)
        if found is None:
            raise ValueError("no case applies")
        return found

    def condition(self):
        if self.next == r"\otherwise":
            self.take()
            return True
        left, holds = self.sum(), True
        while self.next in RELATIONS:
            relation = RELATIONS[self.take()]
            right = self.sum()
            holds &= relation(left, right)
            left = right
        return holds
