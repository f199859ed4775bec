"""Poisons, and messages with one of them in each place."""

import json
from typing import Any

POISONS = (
    "null", '""', '"x"', f'"{"x" * 70_000}"', "-1", "0", "1.5", "9223372036854775808", "-9223372036854775809",
    "1e400", "-1e-400", "[]", "[null]", "{}", '{"a":{"a":[]}}', "true", '"\\u0000"', '"\\ud800"', '"\\u202e\U0001f50c"',
    '"2026-13-45T99:99:99Z"', '"0000-00-00T00:00:00Z"', '"9999-12-31T23:59:59+14:00"', "'x'", "NaN",
    "\"<script>alert(1)</script>\"", "\"'; DROP TABLE charging_transaction; --\"", '"=cmd|\' /C calc\'!A0"',
)  # fmt: skip


def poisoned(value: Any) -> list[str]:
    """The JSON of `value` with each of its parts replaced by each poison."""
    marked = json.dumps(value)
    texts = []
    for path in _paths(value):
        template = json.dumps(_replaced(value, path))
        texts += [template.replace('"POISON"', poison) for poison in POISONS]
    return [text for text in texts if text != marked]


def _paths(value: Any) -> list[tuple[Any, ...]]:
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [(key, *rest) for key, part in members for rest in ((), *_paths(part))]


def _replaced(value: Any, path: tuple[Any, ...]) -> Any:
    if not path:
        return "POISON"
    copy = value.copy()
    copy[path[0]] = _replaced(value[path[0]], path[1:])
    return copy
