"""What the owner of a webhook is told besides the news: that it is off."""

from __future__ import annotations

from incidents.letters import Letter, as_html, as_text
from incidents.notifications import Content, Letterhead
from incidents.wording import wording


def webhook_off(host: str, head: Letterhead, language: str) -> Content:
    """That we post no more to a webhook on a host.

    The words are ours alone, and there is no link that manages it: nobody has confirmed the
    address that this goes to.
    """
    words = wording(language)
    letter = Letter(
        subject=f"{words.webhook_off}: {host}",
        headline=words.webhook_off,
        body=words.webhook_off_body.format(host=host, page=head.name),
        tone=None,
        page_name=head.name,
        page_url=head.url,
        reason=words.because_contact.format(page=head.name),
        language=language,
    )
    return Content(letter.subject, as_text(letter), as_html(letter), head.url, "")
