"""Documents as the bytes that MongoDB keeps: made once, compared without being decoded.

A migrated log ends with the job's id and the content's hash, both of a fixed length. So the bytes
of the mart become those of a job by cutting its id in, and those of MongoDB give their hash once
``_id`` is cut out.
"""

import hashlib
import struct
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import bson

from ingest.shared.bson_codec import CODEC
from loaders.documents.document import BLANKS, Document, content_hash

_SIZE = struct.Struct("<i")
_OBJECT_ID = b"\x07_id\x00"
_CONTENT_AT = 4 + len(_OBJECT_ID) + 12
_JOB, _HASH = (value.encode() for value in BLANKS.values())
_END = b"\x00\x00"  # of the metadata and of the document


class Encoded(NamedTuple):
    """The BSON of a document, zeros in the place of the job's id, and its content's hash."""

    document: bytes
    content_hash: str


class StoredKey(NamedTuple):
    """What is compared of a stored log: its key, the hash it carries, the one it has, its job."""

    external_id: str
    stored_hash: str
    actual_hash: str
    job_id: str


def encoded(made: Document) -> Encoded:
    """Encode the content of a document; its metadata gets the places of the job and the hash."""
    made["metadata"] |= BLANKS
    blank = bson.encode(made)
    digest = hashlib.sha256(blank).hexdigest()
    return Encoded(blank[:_HASH_AT] + digest.encode() + blank[_HASH_ENDS:], digest)


def of_job(document: bytes, job_id: str) -> bytes:
    """Put the id of a job into an encoded document.

    Raises:
        ValueError: The id has not 36 letters.
    """
    if len(job_id) != len(_JOB):
        raise ValueError(job_id)
    return document[:_JOB_AT] + job_id.encode() + document[_JOB_ENDS:]


class StoredKeys:
    """Reads the keys of an account's stored logs from their BSON.

    Args:
        company_sso_id: The account.
    """

    def __init__(self, company_sso_id: str) -> None:
        self._head = _string("company_sso_id", company_sso_id.encode()) + _name("external_id")

    def read(self, raw: bytes) -> StoredKey:
        """Return what is compared of one log.

        Bytes in the loader's own layout are hashed as they are; others are decoded first, so that
        a log which somebody wrote anew with the same content is no difference.
        """
        key_at = _CONTENT_AT + len(self._head)
        if not (_has_own_layout(raw) and raw.startswith(self._head, _CONTENT_AT)):
            return _decoded_key(bson.decode(raw, CODEC))
        (size,) = _SIZE.unpack_from(raw, key_at)
        return StoredKey(
            raw[key_at + 4 : key_at + 3 + size].decode(),
            raw[_HASH_AT:_HASH_ENDS].decode(),
            _own_hash(raw),
            raw[_JOB_AT:_JOB_ENDS].decode(),
        )


def key_of(found: Mapping[str, Any]) -> str:
    """Return the external id of a stored log, or say that it has none."""
    return str(found.get("external_id", f"(no external_id: {found['_id']})"))


def _has_own_layout(raw: bytes) -> bool:
    return (
        raw.startswith(_OBJECT_ID, 4)
        and raw[_TAIL_AT:_JOB_AT] == _BLANK_TAIL[: _JOB_AT - _TAIL_AT]
        and raw[_JOB_ENDS:_HASH_AT] == _BLANK_TAIL[_JOB_ENDS - _TAIL_AT : _HASH_AT - _TAIL_AT]
        and raw[_HASH_ENDS:] == _BLANK_TAIL[_HASH_ENDS:]
    )


def _own_hash(raw: bytes) -> str:
    digest = hashlib.sha256(_SIZE.pack(len(raw) - (_CONTENT_AT - 4)))
    digest.update(raw[_CONTENT_AT:_TAIL_AT])
    digest.update(_BLANK_TAIL)
    return digest.hexdigest()


def _decoded_key(found: Document) -> StoredKey:
    metadata = found.get("metadata")
    told = metadata if isinstance(metadata, Mapping) else {}
    stored_hash, job_id = (str(told.get(name)) for name in ("content_hash", "job_id"))
    return StoredKey(key_of(found), stored_hash, content_hash(found), job_id)


def _name(name: str) -> bytes:
    return b"\x02" + name.encode() + b"\x00"


def _string(name: str, value: bytes) -> bytes:
    return _name(name) + _SIZE.pack(len(value) + 1) + value + b"\x00"


_BLANK_TAIL = _string("job_id", _JOB) + _string("content_hash", _HASH) + _END
_TAIL_AT = -len(_BLANK_TAIL)
_HASH_ENDS = -len(_END) - 1
_HASH_AT = _HASH_ENDS - len(_HASH)
_JOB_ENDS = _TAIL_AT + len(_string("job_id", _JOB)) - 1
_JOB_AT = _JOB_ENDS - len(_JOB)


def split_batch(batch: bytes) -> Iterator[bytes]:
    """Cut a batch of BSON into its documents; each begins with its length."""
    start = 0
    while start < len(batch):
        end = start + int.from_bytes(batch[start : start + 4], "little")
        yield batch[start:end]
        start = end
