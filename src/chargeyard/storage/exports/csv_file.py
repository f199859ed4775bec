"""CSV as RFC 4180 has it, in UTF-8, with a header; and safe to open in a spreadsheet."""

import csv
from collections.abc import Sequence
from typing import TextIO

from chargeyard.domain.exports import Column, Row
from chargeyard.domain.spreadsheets import cell


class CsvWriter:
    """Writes to `out`, which must not translate ends of lines."""

    def __init__(self, out: TextIO, columns: Sequence[Column]) -> None:
        self._writer = csv.writer(out, lineterminator="\r\n")
        self._writer.writerow([column.name for column in columns])

    def write(self, rows: Sequence[Row]) -> None:
        self._writer.writerows([[cell(value) for value in row] for row in rows])
