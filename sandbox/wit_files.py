"""The bytes of attachments: made up from id, name and size, in pieces, so that no file is ever kept in memory."""

import struct
import zlib
from collections.abc import Iterator
from functools import cache
from random import Random

from sandbox.wit_model import StoredFile

PIECE = 65_536
PNG_START = b"\x89PNG\r\n\x1a\n"
CRC_SIZE = 4
PDF_START = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"


def chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk of a PNG file."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_head() -> bytes:
    """One grey pixel, without the end."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return PNG_START + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\x80"))


@cache
def noise() -> bytes:
    return Random("attachments").randbytes(PIECE)


def file_pieces(file: StoredFile) -> Iterator[bytes]:
    """All bytes of a file, at most 64 KB at a time. No two files are the same; an image is one that opens."""
    if file.content is not None:
        yield from (file.content[at : at + PIECE] for at in range(0, len(file.content), PIECE))
        return
    head, tail = frame_of(file)
    left = file.size - len(head) - len(tail)
    yield head[: file.size]
    while left > 0:
        yield noise()[:left]
        left -= PIECE
    if file.size > len(head):
        yield tail


def frame_of(file: StoredFile) -> tuple[bytes, bytes]:
    """How a file begins and ends, by the ending of its name."""
    mark = file.id.encode()
    if file.name.endswith(".png"):
        return png_frame(file.size, mark)
    if file.name.endswith(".pdf"):
        return PDF_START + b"% " + mark + b"\n", b"\n%%EOF\n"
    return mark + b"\n", b""


def png_frame(size: int, mark: bytes) -> tuple[bytes, bytes]:
    """The filling sits in a chunk that nobody has to understand; its check sum covers it."""
    head, end = png_head(), chunk(b"IEND", b"")
    filling = size - len(head) - len(end) - 8 - CRC_SIZE - len(mark)
    if filling < 0:
        return head + chunk(b"teXt", mark), end
    start = b"teXt" + mark
    check = zlib.crc32(start)
    left = filling
    while left > 0:
        check = zlib.crc32(noise()[:left], check)
        left -= PIECE
    return head + struct.pack(">I", len(mark) + filling) + start, struct.pack(">I", check) + end
