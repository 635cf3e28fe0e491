"""What .xlsx and .docx share: a zip archive of XML, written the same every time, read with care.

Limits on reading: MOST_PARTS files, LARGEST_UNPACKED bytes in all and LARGEST_MARKUP of XML however
small the archive, no document type (so no entities, inside or outside), UTF-8 only.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from studio.errors import ProjectError

MOST_PARTS = 2000
LARGEST_UNPACKED = 64 * 1024 * 1024  # bytes
LARGEST_MARKUP = 16 * 1024 * 1024  # bytes of XML among them

_DAY = "2000-01-01T00:00:00Z"  # no file tells when it was made, so that equal scripts are equal
_MADE = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_NO_TIME = (1980, 1, 1, 0, 0, 0)  # the first that zip archives know
_MARKUP = (".xml", ".rels", ".vml")
_FORBIDDEN = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_ENCODING = re.compile(rb"<\?xml[^>]*\bencoding\s*=\s*[\"']([A-Za-z0-9._-]+)")


def reproducible(data: bytes) -> bytes:
    """The same archive without anything that tells when it was made."""
    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as before,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            part = before.read(name)
            if name == "docProps/core.xml":
                part = _MADE.sub(rb"\g<1>" + _DAY.encode(), part)
            info = zipfile.ZipInfo(name, _NO_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            after.writestr(info, part)
    return result.getvalue()


def check(data: bytes) -> None:
    """Raises ProjectError where the archive is none, or could do harm to who opens it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(one.file_size for one in parts) > LARGEST_UNPACKED:
                raise _refused(
                    f"it unpacks to more than {LARGEST_UNPACKED >> 20} MiB or {MOST_PARTS:,} parts"
                )
            markup = [one for one in parts if one.filename.lower().endswith(_MARKUP)]
            if sum(one.file_size for one in markup) > LARGEST_MARKUP:
                raise _refused(f"it has more than {LARGEST_MARKUP >> 20} MiB of text")
            for part in markup:
                _check_markup(archive.read(part), part.filename)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError,
            NotImplementedError) as error:  # fmt: skip
        raise ProjectError(
            f"The file is damaged, or none of its kind ({error}).", "Nothing was imported."
        ) from error


def _check_markup(part: bytes, name: str) -> None:
    if b"\0" in part[:8] or part.startswith((b"\xfe\xff", b"\xff\xfe")):
        raise _refused(f"“{name}” in it is not UTF-8")
    encoding = _ENCODING.match(part.lstrip(b"\xef\xbb\xbf \t\r\n"))
    if encoding is not None and encoding[1].lower() not in (b"utf-8", b"us-ascii"):
        raise _refused(f"“{name}” in it is not UTF-8")
    if _FORBIDDEN.search(part):
        raise _refused(f"“{name}” in it defines entities, which no office program does")


def _refused(why: str) -> ProjectError:
    return ProjectError(
        f"The file is refused: {why}.",
        "It may be made to do harm; nothing was imported.",
        "If you trust it, open it in an office program and save it anew.",
    )
