"""Where an export goes: a file that is there whole or not at all, or standard output."""

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Literal, Protocol

from chargeyard.domain.exports import Column, Row
from chargeyard.errors import SettingsError
from chargeyard.storage.exports.csv_file import CsvWriter
from chargeyard.storage.exports.parquet_file import ParquetWriter

Format = Literal["csv", "parquet"]


class Writer(Protocol):
    """Takes rows, page by page."""

    def write(self, rows: Sequence[Row]) -> None: ...


@contextmanager
def exported(output: Path | None, columns: Sequence[Column], form: Format) -> Iterator[Writer]:
    """A writer of `form` to `output`, None: to standard output. Raises `SettingsError` if it cannot be written."""
    with _standard_output() if output is None else whole_file(output) as out:
        if form == "parquet":
            parquet = ParquetWriter(out, columns)
            try:
                yield parquet
            finally:
                parquet.close()
            return
        text = TextIOWrapper(out, "utf-8", newline="")
        try:
            yield CsvWriter(text, columns)
        finally:
            text.detach()  # or it would close what is not its own


@contextmanager
def _standard_output() -> Iterator[BinaryIO]:
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


@contextmanager
def whole_file(file: Path) -> Iterator[BinaryIO]:
    """A new file, which gets its name when it is whole and on the disk.

    Raises `SettingsError` if `file` is there already or cannot be written.
    """
    with draft_of(file) as draft:
        with draft.open("xb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        place(draft, file)


@contextmanager
def draft_of(file: Path) -> Iterator[Path]:
    """Where to write what shall become `file`: in a folder beside it that nobody else has, and that is gone afterwards.

    Raises `SettingsError` if `file` is there already, and for every `OSError` meanwhile.
    """
    if file.exists():
        raise SettingsError(f"{file} exists already: name another file, or remove it")
    try:
        with TemporaryDirectory(prefix=f".{file.name}.", suffix=".part", dir=file.parent) as folder:
            yield Path(folder, file.name)
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror or error}") from None


def place(draft: Path, file: Path) -> None:
    """Give `draft` the name `file`, which nobody may have taken, durably. Raises OSError if it is taken."""
    try:
        file.hardlink_to(draft)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _take_name(draft, file)
    descriptor = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_NO_LINKS = frozenset((errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP))
"""What file systems say that have no hard links: FAT, exFAT, some network shares."""


def _take_name(draft: Path, file: Path) -> None:
    """Whoever makes the file owns its name, and only its owner may replace it. For a moment it is empty."""
    file.touch(exist_ok=False)
    try:
        draft.replace(file)
    except OSError:
        file.unlink()
        raise
