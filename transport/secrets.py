"""Secrets: the configuration says where they are; they are read when needed, and never shown or kept."""

import os
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr

from schemas.errors import ConfigError, ContentError
from transport.files import read_bytes

PATTERN = r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:[^\s].*)$"
LARGEST = 65_536
"""Bytes of a file that holds a secret."""
_HINT = "write env:NAME for a variable of the environment, or file:PATH for a file"


def _named(value: Any) -> Any:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(text, str) or not re.fullmatch(PATTERN, text):
        raise ValueError(f"a secret does not stand here itself; {_HINT}")
    return text


Secret = Annotated[
    SecretStr,
    BeforeValidator(_named),
    Field(
        examples=["env:LEOPARD_SECRET", "file:/run/secrets/leopard"], json_schema_extra={"pattern": PATTERN}
    ),
]
"""An option that names a secret. What is written out is refused, and no message repeats it."""


def reveal(text: str, root: Path) -> str:
    """The secret that `env:NAME` or `file:PATH` names; a path counts from `root`.

    The line end that a file closes with is no part of it. Raises ConfigError, whose words hold no secret.
    """
    where, _, name = text.partition(":")
    if not re.fullmatch(PATTERN, text):
        raise ConfigError("a secret does not stand in the configuration itself", hint=_HINT)
    found = os.environ.get(name, "") if where == "env" else _read(root / name, name)
    if not found:
        place = f"the environment variable {name}" if where == "env" else name
        raise ConfigError(f"there is no secret in {place}", hint="set it, and run again")
    return found


def _read(path: Path, shown: str) -> str:
    try:
        return read_bytes(path, shown, limit=LARGEST).decode().rstrip("\r\n")
    except ContentError as error:
        raise ConfigError(error.message, hint=error.hint) from None
    except UnicodeDecodeError:
        raise ConfigError(f"the secret in {shown} is not text", hint="save the file as UTF-8") from None
