"""Subscriptions from before there were several pages are given the one that they belong to."""

from __future__ import annotations

from sqlite_utils import Database


def house(database: Database, page: str) -> None:
    """Give those that belong to no page yet to this one."""
    database.execute("UPDATE subscribers SET page = ? WHERE page = ''", (page,))
    database.execute(
        "UPDATE endpoints SET data = json_set(data, '$.page', ?)"
        " WHERE ifnull(json_extract(data, '$.page'), '') = ''",
        (page,),
    )
