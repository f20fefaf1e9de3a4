"""Answers for programs that send us something: one line of text, kept by nobody."""

from __future__ import annotations

from aiohttp import web

from statuspage.documents import NEVER_KEPT

_FIXED = {"Cache-Control": NEVER_KEPT, "Server": "upfront", "X-Content-Type-Options": "nosniff"}


def said(text: str, status: int = 200, retry_after_seconds: int | None = None) -> web.Response:
    """Say a line; `retry_after_seconds` tells when to send it again."""
    headers = dict(_FIXED)
    if retry_after_seconds is not None:
        headers["Retry-After"] = str(retry_after_seconds)
    return web.Response(status=status, text=f"{text}\n", headers=headers)
