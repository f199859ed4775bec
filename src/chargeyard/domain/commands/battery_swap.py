"""Commands to stations that swap batteries."""

from chargeyard.domain.commands.command import Command


class RequestBatterySwap(Command, frozen=True, kw_only=True):
    """Swap batteries for whom this id token stands, who must be authorized (2.1 S02.FR.03).

    `token_kind` empty: a token that we know and no reader has read. What is swapped is reported under
    `request_id`.
    """

    id_token: str
    request_id: int
    token_kind: str = ""
