"""What 2.1 says more about display messages: the same text in several languages, and QR codes."""

from msgspec import UNSET

from chargeyard.dialects.dialect import Script
from chargeyard.dialects.v201.display import content, info, shown
from chargeyard.domain import commands
from chargeyard.ocpp.v21 import messages as m


def set_message_script(command: commands.SetDisplayMessage) -> Script:
    """SetDisplayMessage; further languages are messageExtra (O01.FR.20)."""
    extra = [m.MessageContentType(**content(one)) for one in command.message.contents[1:]]
    message = m.MessageInfoType(**info(command.message), message_extra=extra or UNSET)
    return shown((yield m.SetDisplayMessageRequest(message=message)), message.id)
