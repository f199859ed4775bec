"""Tokens as they are presented: what is answered, and how many wrong key codes a charge point may try.

A key code is short enough to be found by trying, so that wrong ones in a row make all codes be refused for a
while, each further one for longer (C04.FR.06).
"""

from datetime import datetime, timedelta

from chargeyard.domain import events, reports
from chargeyard.domain.answers import TokenJudged
from chargeyard.domain.authorization import (
    UNAUTHORIZED_KIND,
    Occasion,
    Status,
    Verdict,
    is_key_code,
    judge,
)
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.decision import Context, Decision

MOST_WRONG_CODES = 5
PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=1)

UNVERIFIED = "CertChainError"
"""What is answered about a contract certificate: nobody here can verify one yet, and that is what the word says."""


def decide_token(state: ChargePoint, report: reports.TokenPresented, context: Context) -> Decision:
    """Concurrency is only judged when a transaction starts (OCPP 1.6 §7.2). A contract certificate that nobody
    has verified proves no token to be its own (C07.FR.02)."""
    occasion = Occasion(kind=report.token_kind, charge_point=state.id)
    verdict = verdict_on(state, context, occasion, context.now)
    if report.has_certificate and verdict.accepted:
        verdict = Verdict(Status.INVALID)
    happened = checked(state, context, report.id_token, report.token_kind, verdict)
    return Decision(happened, TokenJudged(verdict, UNVERIFIED if report.has_certificate else ""))


def verdict_on(
    state: ChargePoint, context: Context, occasion: Occasion, at: datetime, running: int = 0
) -> Verdict:
    """The answer to the token of `context`, presented at `at` on this `occasion`."""
    if occasion.kind == UNAUTHORIZED_KIND:
        return Verdict(Status.ACCEPTED)
    if is_key_code(occasion.kind) and is_paused(state, context.now):
        return Verdict(Status.INVALID)
    return judge(context.token, at, running, occasion)


def is_paused(state: ChargePoint, now: datetime) -> bool:
    """Whether so many wrong key codes came in a row that none is looked at for now."""
    return state.wrong_code_at is not None and now < state.wrong_code_at + pause_after(state.wrong_codes)


def pause_after(wrong_codes: int) -> timedelta:
    """How long key codes are refused after so many wrong ones in a row."""
    if wrong_codes < MOST_WRONG_CODES:
        return timedelta(0)
    return min(PAUSE * (1 << min(wrong_codes - MOST_WRONG_CODES, 8)), LONGEST_PAUSE)


def checked(
    state: ChargePoint, context: Context, id_token: str, kind: str, verdict: Verdict
) -> tuple[events.Event, ...]:
    """The record of a token presented; of codes that are refused for a while, one word when that begins."""
    told = events.TokenChecked(
        recorded_at=context.now,
        charge_point=state.id,
        id_token=id_token,
        status=verdict.status,
        token_kind=kind,
    )
    if not is_key_code(kind) or verdict.status is not Status.UNKNOWN:
        return (told,)
    pause = pause_after(state.wrong_codes + 1)
    if not pause:
        return (told,)
    alarm = events.SecurityEventRecorded(
        recorded_at=context.now,
        charge_point=state.id,
        kind="WrongKeyCodes",
        at=context.now,
        tech_info=f"{state.wrong_codes + 1} in a row; all are refused for {pause.total_seconds():.0f} s",
        source="system",
    )
    return (told, alarm)


def evolve_checked(state: ChargePoint, event: events.TokenChecked) -> None:
    """Wrong key codes are counted until a right one comes; codes that were not looked at do not count."""
    if not is_key_code(event.token_kind):
        return
    if event.status is Status.UNKNOWN:
        state.wrong_codes += 1
        state.wrong_code_at = event.recorded_at
    elif event.status is not Status.INVALID:
        state.wrong_codes, state.wrong_code_at = 0, None
