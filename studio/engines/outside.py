"""What leaves this machine, and whether its user has allowed it.

Frames, sound and texts of a film are confidential. An engine that is pointed to another machine is
refused until the user has allowed that machine, by name, to get what the engine sends: `studio
engines --allow frames:HOST`. The machine itself needs no leave. What was allowed lies in a file of
the user's settings, never in a project.
"""

from __future__ import annotations

import ipaddress
import json
import os
import tomllib
from typing import Any
from urllib.parse import urlsplit

from studio import paths
from studio.engines import Sent
from studio.errors import EngineError, UsageError

_THINGS: dict[Sent, str] = {
    "frames": "pictures of the film",
    "sound": "the sound of the film",
    "text": "texts of the film",
}
SENT: tuple[Sent, ...] = tuple(_THINGS)


def is_this_machine(host: str) -> bool:
    """Whether a host name can only mean this machine: localhost or a loopback address."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_of(url: str) -> str:
    """The host of an http address, small letters. Raises EngineError for anything else."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port  # a port that is no number is an error here
    except ValueError:
        host = None
    if host is None or parts.scheme not in {"http", "https"} or parts.username is not None:
        raise EngineError(
            f"“{url}” is no address of a server.",
            "Nothing was sent.",
            "Give one like http://localhost:11434/v1, without a name or a password in it.",
        )
    return host.lower()


def check(what: Sent, url: str, who: str) -> None:
    """Raise EngineError where `who` would send `what` to a machine it has not been allowed to."""
    host = host_of(url)
    if is_this_machine(host) or host in allowed()[what]:
        return
    raise EngineError(
        f"“{who}” would send {_THINGS[what]} to {host}, another machine.",
        "Nothing was sent.",
        f"If that may be: studio engines --allow {what}:{host}",
    )


def allowed() -> dict[Sent, tuple[str, ...]]:
    """The machines that may get each of SENT. Raises UsageError where the file is damaged."""
    file = paths.consent_file()
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        known = {"sound": [], **stored}  # files of the first versions do not speak of it
        return {what: _names(known[what]) for what in SENT}
    except FileNotFoundError:
        return dict.fromkeys(SENT, ())
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"What may be sent to other machines cannot be read from {file}.",
            "Nothing is sent to any.",
            "Remove the file and allow them again: studio engines --allow frames:HOST",
        ) from error


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise TypeError(value)
    return tuple(value)


def change(word: str, *, allow: bool) -> None:
    """Allow or forbid what `word` says: one of SENT, ":" and a host. Raises UsageError."""
    what, colon, host = word.partition(":")
    host = host.lower()
    found = next((one for one in SENT if one == what), None)
    if found is None or not colon or not host or any(sign in host for sign in "/@ "):
        raise UsageError(
            f"“{word}” does not say what may be sent where.",
            advice="Write frames:HOST, sound:HOST or text:HOST, e.g. text:translate.google.com",
        )
    now = allowed()
    hosts = set(now[found]) | {host} if allow else set(now[found]) - {host}
    _write({**now, found: tuple(sorted(hosts))})


def _write(hosts: dict[Sent, tuple[str, ...]]) -> None:
    file = paths.consent_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_text(json.dumps(hosts, indent=1) + "\n", encoding="utf-8")
    part.replace(file)


# --- where servers are, and their keys ------------------------------------------------------------


def server(name: str, defaults: dict[str, str]) -> dict[str, str]:
    """What the user has set up for an engine: the rows of [name] in engines.toml.

    defaults: every row there can be. An environment variable STUDIO_NAME_ROW, e.g.
    STUDIO_OPENAI_COMPATIBLE_URL, goes before the file. Raises UsageError.
    """
    rows = {**defaults, **_from_file(name, defaults)}
    prefix = f"STUDIO_{name}_".replace("-", "_").upper()
    return {row: os.environ.get(prefix + row.upper(), value) for row, value in rows.items()}


def _from_file(name: str, defaults: dict[str, str]) -> dict[str, str]:
    file = paths.engines_file()
    try:
        tables: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"The file {file} cannot be read ({error}).", advice="Correct it, or remove it."
        ) from error
    rows = tables.get(name, {})
    wrong = [row for row in rows if row not in defaults or not isinstance(rows[row], str)]
    if wrong:
        raise UsageError(
            f"In {file}, [{name}] has “{wrong[0]}”, which is not known or no text.",
            advice=f"Known are: {', '.join(defaults)}.",
        )
    return dict(rows)


KEYRING = "audio-description-studio"
"""The name under which keys lie in the system's keyring; the user there is the host."""


def key_for(name: str, host: str) -> str:
    """The key an engine shows to a host: from STUDIO_NAME_KEY, or the system's keyring; or ""."""
    given = os.environ.get(f"STUDIO_{name}_KEY".replace("-", "_").upper())
    if given is not None:
        return given
    try:
        import keyring
        import keyring.errors
    except ModuleNotFoundError:  # an optional package: without it keys come from the environment
        return ""
    try:
        return keyring.get_password(KEYRING, host) or ""
    except keyring.errors.NoKeyringError:  # a machine without a keyring holds no key in it
        return ""
    except keyring.errors.KeyringError as error:
        raise EngineError(
            f"The system's keyring does not give the key for {host} ({error}).",
            advice="Unlock it, or set the key in the environment.",
        ) from error
