"""Where an export goes: a file that is there whole or not at all, or standard output."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
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
    """A new file: written under another name beside it, and given its own when it is whole and on the disk.

    Raises `SettingsError` if `file` is there already or cannot be written.
    """
    if file.exists():
        raise SettingsError(f"{file} exists already: name another file, or remove it")
    draft = file.with_name(f".{file.name}.part")
    try:
        with draft.open("wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        place(draft, file)
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror or error}") from None
    finally:
        draft.unlink(missing_ok=True)


def place(draft: Path, file: Path) -> None:
    """Give `draft` the name `file`, which nobody may have taken, durably. Raises OSError if it is taken."""
    file.hardlink_to(draft)
    descriptor = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
