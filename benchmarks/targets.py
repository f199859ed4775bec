"""What shall be reached, and whether it was: the first table of the page."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

TITLE = "Targets"
COLUMNS = ("target", "measured", "met", "what stands in the way")


class Verdict(Struct, frozen=True, kw_only=True):
    """A target, what was measured, and whether that reaches it."""

    target: str
    measured: str
    met: bool


def peer_ratio(database: str, rate: float, per_cpu: float) -> Verdict:
    """Durable MeterValues beside those of the peer."""
    return Verdict(
        target=f"MeterValues on {database}: at least 20 times the peer",
        measured=f"{rate:.1f} × its messages/s, {per_cpu:.1f} × its messages per CPU",
        met=rate >= 20,
    )


def floor_ratio(database: str, ratio: float) -> Verdict:
    """CPU of a durable MeterValues beside that of an echo."""
    return Verdict(
        target=f"MeterValues on {database}: at most 4 times the floor's CPU",
        measured=f"{ratio:.1f} ×",
        met=ratio <= 4,
    )


def latency(what: str, database: str, p99_ms: float) -> Verdict:
    """At half load."""
    return Verdict(
        target=f"{what} on {database}: p99 under 100 ms at half of the maximum rate",
        measured=f"{p99_ms:.1f} ms",
        met=p99_ms < 100,
    )


def memory(what: str, kb: float, limit_kb: int) -> Verdict:
    """Of an idle connection."""
    return Verdict(
        target=f"An idle {what} connection: at most {limit_kb} KB",
        measured=f"{kb:.1f} KB",
        met=kb <= limit_kb,
    )


def lists(slowest: str, first_page_ms: float) -> Verdict:
    """The slowest first page of all lists on all databases."""
    return Verdict(
        target="The first page of every list: under 50 ms",
        measured=f"{first_page_ms:.1f} ms ({slowest})",
        met=first_page_ms < 50,
    )


def storm(database: str, count: int, storms: Sequence[tuple[float, float]]) -> Verdict:
    """All come at once, one storm after the other: the seconds of each by the clock, and of CPU."""
    return Verdict(
        target=f"10,000 reconnect with credentials on {database}: under 10 s of one core",
        measured=f"{count:,}: "
        + ", again ".join(f"{wall:.1f} s ({cpu:.1f} s of CPU)" for wall, cpu in storms),
        met=all(max(wall, cpu) < 10 for wall, cpu in storms),
    )


def growth(database: str, count: int, percent: float) -> Verdict:
    """Cost per message with many connected, beside that with few."""
    return Verdict(
        target=f"Cost per message on {database} from 100 to 20,000 connected: grows by less than 20 %",
        measured=f"{percent:+.0f} % at {count:,}",
        met=percent < 20,
    )


IN_THE_WAY: Mapping[str, str] = {
    "MeterValues on PostgreSQL: at least 20": (
        "a message costs a twentieth of the peer's, but the server's core is not in use all the time: with a call"
        " outstanding on each of 1 000 connections it waits for commits, of which two are under way, and for the load,"
        " with which the database shares a core here. A third lane gained nothing"
    ),
    "MeterValues on MariaDB: at least 20": (
        "as on PostgreSQL; and its driver is Python, which writes every value out as text: an eighth of a message"
    ),
    "MeterValues on PostgreSQL: at most 4": (
        "the floor takes frames in and out and reads nothing; of our time that is a sixth. By py-spy the largest parts"
        " of the rest are understanding the message (a quarter: JSON against the schema, ten samples into quantities),"
        " writing the batch (a seventh) and the message log"
    ),
    "Start and stop on": (
        "a start asks the store up to four questions one after the other (the id token, the same start told before,"
        " reservations, what else the token runs), an end asks for charging profiles; on a database server each is a"
        " statement and a round trip of its own, and together they cost more than storing what has happened"
    ),
    "10,000 reconnect": (
        "more dial at once than may wait to be accepted (`net.core.somaxconn`); the kernel lets the others try again"
        " after 1, 3, 7 and 15 s. The second storm also meets the farewells of the first, which are being stored"
    ),
}
"""What profiles say of a target that is missed, by the first words of the target."""


def rows(verdicts: Iterable[Verdict]) -> list[tuple[str, ...]]:
    """Of the table."""
    return [
        (
            verdict.target,
            verdict.measured,
            "yes" if verdict.met else "no",
            "" if verdict.met else _in_the_way(verdict.target),
        )
        for verdict in verdicts
    ]


def _in_the_way(target: str) -> str:
    return next((why for first_words, why in IN_THE_WAY.items() if target.startswith(first_words)), "")
