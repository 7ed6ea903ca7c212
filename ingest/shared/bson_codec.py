"""How BSON is read, by those who connect to MongoDB and by those who only know its bytes."""

from typing import Any

from bson.codec_options import CodecOptions, DatetimeConversion

# A changed document may hold a date that Python's datetime cannot; it must still be read.
CODEC: CodecOptions[dict[str, Any]] = CodecOptions(
    datetime_conversion=DatetimeConversion.DATETIME_AUTO
)
READABLE = CODEC.with_options(unicode_decode_error_handler="replace")
"""For what others wrote, and no hash is of: bytes that are no text are replaced."""
