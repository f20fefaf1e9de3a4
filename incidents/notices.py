"""What the owner of a webhook is told besides the news: that it is off."""

from __future__ import annotations

from incidents.letterheads import Letterhead
from incidents.letters import Letter, as_html, as_text
from incidents.notifications import Content
from incidents.words import load


def webhook_off(host: str, head: Letterhead, language: str) -> Content:
    """That we post no more to a webhook on a host.

    The words are ours alone, and there is no link that manages it: nobody has confirmed the
    address that this goes to.
    """
    words = load(language)
    letter = Letter(
        subject=f"{words('mail.webhook_off')}: {host}",
        headline=words("mail.webhook_off"),
        body=words("mail.webhook_off_body", host=host, page=head.name),
        tone=None,
        page_name=head.name,
        page_url=head.url,
        reason=words("mail.because_contact", page=head.name),
        language=words.language,
        direction=words.direction,
    )
    return Content(letter.subject, as_text(letter), as_html(letter), head.url, "")
