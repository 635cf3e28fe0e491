"""Numbers in sentences."""

from __future__ import annotations


def counted(count: int, one: str, many: str = "") -> str:
    """“1 gap”, “2 gaps”, “0 gaps”; many: where it is not `one` with an s."""
    return f"1 {one}" if count == 1 else f"{count} {many or f'{one}s'}"
