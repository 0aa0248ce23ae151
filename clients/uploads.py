"""A file as a multipart body that is made while it is sent, so that a file of any size takes constant memory.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-attachments/#api-rest-api-3-issue-issueidorkey-attachments-post
"""

import hashlib
import mimetypes
import secrets
from collections.abc import Iterable, Iterator

from urllib3.fields import RequestField

from domain.errors import Unavailable

OCTETS = "application/octet-stream"


class FileUpload:
    """One part named `file`. `sha256` and `sent` (bytes) are those of what was sent so far.

    `size` in bytes is told before the first of them is read. When `chunks` have another length, iterating raises
    Unavailable before the end is sent: nobody takes that for the file.
    """

    def __init__(self, name: str, size: int, chunks: Iterable[bytes], *, source: str) -> None:
        """`source`: the system that the chunks come from, for the error."""
        self._chunks = chunks
        self._size = size
        self._source = source
        self._digest = hashlib.sha256()
        self.sent = 0
        boundary = secrets.token_hex(16)
        field = RequestField("file", b"", filename=name)
        field.make_multipart(content_type=mimetypes.guess_type(name)[0] or OCTETS)
        self._head = f"--{boundary}\r\n{field.render_headers()}".encode()
        self._foot = f"\r\n--{boundary}--\r\n".encode()
        self.content_type = f"multipart/form-data; boundary={boundary}"

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def __len__(self) -> int:
        """Of the whole body; with it the length is told instead of sending in chunks."""
        return len(self._head) + self._size + len(self._foot)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        for chunk in self._chunks:
            self.sent += len(chunk)
            if self.sent > self._size:
                break
            self._digest.update(chunk)
            yield chunk
        if self.sent != self._size:
            raise Unavailable(self._source, None, f"a file of {self._size} bytes came with another length")
        yield self._foot
