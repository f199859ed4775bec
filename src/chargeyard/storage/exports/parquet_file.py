"""Parquet, by way of pyarrow, which is an extra: typed columns, compressed, in groups of rows."""

from collections.abc import Sequence
from typing import Any, BinaryIO

from chargeyard.domain.exports import Column, Kind, Row
from chargeyard.errors import SettingsError

ROWS_OF_A_GROUP = 50_000
"""Large groups compress and read well; one of them is held in memory."""


class ParquetWriter:
    """Writes to `out`. Raises `SettingsError` where pyarrow is not installed."""

    def __init__(
        self, out: BinaryIO, columns: Sequence[Column], rows_of_a_group: int = ROWS_OF_A_GROUP
    ) -> None:
        self._arrow, parquet = _pyarrow()
        self._rows_of_a_group = rows_of_a_group
        types = _types(self._arrow)
        self._schema = self._arrow.schema([(column.name, types[column.kind]) for column in columns])
        self._writer = parquet.ParquetWriter(out, self._schema, compression="zstd")
        self._waiting: list[Row] = []

    def write(self, rows: Sequence[Row]) -> None:
        self._waiting.extend(rows)
        while len(self._waiting) >= self._rows_of_a_group:
            self._write_group(self._waiting[: self._rows_of_a_group])
            del self._waiting[: self._rows_of_a_group]

    def close(self) -> None:
        """Write what waits, and the index at the end, without which the file is none."""
        if self._waiting:
            self._write_group(self._waiting)
        self._writer.close()

    def _write_group(self, rows: Sequence[Row]) -> None:
        columns = [
            self._arrow.array(values, field.type)
            for values, field in zip(zip(*rows, strict=True), self._schema, strict=True)
        ]
        self._writer.write_table(self._arrow.Table.from_arrays(columns, schema=self._schema))


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise SettingsError("Parquet needs pyarrow: pip install 'chargeyard[export]'") from None
    return pa, parquet


def _types(arrow: Any) -> dict[Kind, Any]:
    return {
        Kind.TEXT: arrow.string(),
        Kind.INTEGER: arrow.int64(),
        Kind.REAL: arrow.float64(),
        Kind.INSTANT: arrow.timestamp("us", tz="UTC"),
    }
