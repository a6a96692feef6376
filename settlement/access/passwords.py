"""Passwords as argon2id hashes, by RFC 9106's second recommended parameters."""

from importlib.util import find_spec

from doisoat.errors import KeyFileError
from doisoat.messages.text import message

LENGTH_MIN = 8  # characters, as NIST SP 800-63B asks at least
BYTES_MAX = 1_024
NEEDED = {"argon2": "argon2-cffi", "starlette": "starlette", "uvicorn": "uvicorn"}


def missing() -> str | None:
    """The first package of the extra `web` that is not installed; None if all are."""
    return next((name for module, name in NEEDED.items() if find_spec(module) is None), None)


def check_password(password: str) -> None:
    """KeyFileError for a password that is too short to be one, or too long to be hashed."""
    if len(password) < LENGTH_MIN or len(password.encode()) > BYTES_MAX or "\0" in password:
        raise KeyFileError(
            message("not a password that may be used"),
            "the password",
            message(
                "take {length_min} characters or more, at most {bytes_max} bytes",
                length_min=LENGTH_MIN,
                bytes_max=BYTES_MAX,
            ),
        )


def hashed(password: str) -> str:
    """Its argon2id hash, with parameters and a new salt, as text."""
    from argon2 import PasswordHasher

    return PasswordHasher().hash(password)


# A password nobody has, so that a name nobody has takes as long to be refused.
NOBODYS = (
    "$argon2id$v=19$m=65536,t=3,p=4$1T3aYSL7brvg+w+VLanGjA"
    "$rrimT8dD2tzv4KpeP7M7w6bPsFKeam2tVRr+/oTh2/w"
)


def is_right(password: str, hash_text: str | None) -> bool:
    """Is it the password of that hash? None, of nobody: it takes as long, and is not."""
    from argon2 import PasswordHasher
    from argon2.exceptions import VerificationError

    if len(password.encode("utf-8", "replace")) > BYTES_MAX:
        return False
    try:
        PasswordHasher().verify(hash_text or NOBODYS, password)
    except VerificationError:
        return False
    return hash_text is not None
