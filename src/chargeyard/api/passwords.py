"""Operators' passwords: argon2id with the parameters of RFC 9106 for machines that are short of memory."""

import argon2


class Argon2Hasher:
    """`services.ports.PasswordHasher` by argon2-cffi; about a sixth of a second and 64 MiB for each call."""

    def __init__(self, hasher: argon2.PasswordHasher) -> None:
        self._hasher = hasher

    def hash(self, password: str) -> str:
        """The hash with its salt and parameters, in the usual text form."""
        return self._hasher.hash(password)

    def verify(self, password_hash: str, password: str) -> bool:
        """Whether `password` made `password_hash`; False too for a hash that cannot be read."""
        try:
            return self._hasher.verify(password_hash, password)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False
