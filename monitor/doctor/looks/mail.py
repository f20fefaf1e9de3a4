"""Whether the mail server lets us in; nothing is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from incidents.channels.mail import MailSender, MailSettings
from incidents.sending import SendError
from monitor.doctor.model import Found, Look, Surroundings, warning, well, wrong

PATIENCE = timedelta(seconds=5)


async def _mail(surroundings: Surroundings) -> Sequence[Found]:
    settings = surroundings.config.channels.get("mail")
    if settings is None:
        return [warning("no mail server is set, so nobody can subscribe", "set channels.mail")]
    return [await greeted(settings)]


async def greeted(settings: MailSettings) -> Found:
    """How the mail server answers when we come in and go."""
    server = f"{settings.host}:{settings.port}"
    sender = MailSender(replace(settings, timeout=min(settings.timeout, PATIENCE)))
    try:
        how = await sender.greet()
    except SendError as error:
        return wrong(f"{server}: {error}", "see host, port, tls and login under channels.mail")
    if not how.encrypted:
        return warning(f"{server} takes our mail, unencrypted", "set tls: starttls if it can")
    return well(f"{server} takes our mail{', logged in' if how.logged_in else ''}, encrypted")


LOOK = Look("mail", _mail)
