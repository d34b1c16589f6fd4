"""Passwords and PINs: kept as argon2id hashes, compared in constant time."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 8
MAX_LENGTH = 1000

_HASHER = PasswordHasher()


def hash_password(password: str) -> str:
    """Return the text to store for a password or PIN."""
    return _HASHER.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Does the password fit the stored hash? Without one, spend the same time and say no."""
    try:
        fits = _HASHER.verify(stored or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return fits and stored is not None


def outdated(stored: str) -> bool:
    """Was the hash made with weaker settings than today's? Then store a new one at sign-in."""
    return _HASHER.check_needs_rehash(stored)


@cache
def _nobody() -> str:
    return _HASHER.hash("the password of nobody")
