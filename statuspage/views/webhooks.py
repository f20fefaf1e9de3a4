"""The pages around a webhook: adding it, and what its owner sees and can do."""

from __future__ import annotations

from dataclasses import dataclass

from incidents.words import Words
from statuspage.ports import Snapshot, Webhook, WebhookAction
from statuspage.views.forms import plain_frame
from statuspage.views.frame import Frame
from statuspage.views.text import line
from statuspage.views.times import Moment, times_of


@dataclass(frozen=True, slots=True)
class Choice:
    """A component that can be chosen."""

    id: str
    name: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """What is in the form: where to send, of which components (none: of all), whom to warn."""

    address: str = ""
    components: tuple[str, ...] = ()
    contact: str = ""


@dataclass(frozen=True, slots=True)
class WebhookFormView:
    """The form, with what was typed and what is wrong with it."""

    frame: Frame
    choices: tuple[Choice, ...]
    address: str
    contact: str
    error: str

    @property
    def narrowed(self) -> bool:
        """Whether only some components are chosen."""
        return any(choice.chosen for choice in self.choices)


@dataclass(frozen=True, slots=True)
class FailureRow:
    """An attempt that failed."""

    at: Moment
    reason: str


@dataclass(frozen=True, slots=True)
class WebhookView:
    """One webhook. `link` is its page; the secret is there only right after it was made."""

    frame: Frame
    state: str
    address: str
    components: tuple[str, ...]
    path: str
    link: str
    actions: tuple[WebhookAction, ...]
    failures: tuple[FailureRow, ...]
    secret: str
    mistake: str


_ACTIONS = {
    "unverified": (WebhookAction.VERIFY, WebhookAction.REMOVE),
    "active": (WebhookAction.PAUSE, WebhookAction.ROTATE, WebhookAction.REMOVE),
    "paused": (WebhookAction.VERIFY, WebhookAction.ROTATE, WebhookAction.REMOVE),
    "disabled": (WebhookAction.VERIFY, WebhookAction.ROTATE, WebhookAction.REMOVE),
}


def webhook_form(
    snapshot: Snapshot, words: Words, typed: Typed = Typed(), error: str = ""
) -> WebhookFormView:
    """The form of a page, as it was filled in."""
    choices = tuple(
        Choice(found.id, line(found.name), found.id in typed.components)
        for found in snapshot.policy.components.values()
    )
    frame = plain_frame(snapshot, words)
    return WebhookFormView(frame, choices, typed.address, typed.contact, error)


def webhook_view(snapshot: Snapshot, words: Words, webhook: Webhook, address: str) -> WebhookView:
    """A webhook as its page shows it; `address` is the site's."""
    times = times_of(snapshot, words)
    path = f"/webhooks/{webhook.token}"
    known = snapshot.policy.components
    return WebhookView(
        frame=plain_frame(snapshot, words),
        state=webhook.state,
        address=line(webhook.address),
        components=tuple(
            line(known[one].name if one in known else one) for one in webhook.components
        ),
        path=path,
        link=f"{address}{path}",
        actions=_ACTIONS[webhook.state],
        failures=tuple(
            FailureRow(times.moment(one.at), line(one.reason)) for one in webhook.failures
        ),
        secret=webhook.secret,
        mistake=line(webhook.mistake),
    )
