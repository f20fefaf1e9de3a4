"""Query strings read into structs, or refused with the parameter that is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Annotated, Any, TypeVar, get_args, get_origin

import msgspec
from multidict import MultiMapping

from statuspage.views.text import line

Query = TypeVar("Query", bound=msgspec.Struct)


class WrongParameter(ValueError):
    """A parameter that cannot be taken, and why."""

    def __init__(self, parameter: str, reason: str) -> None:
        """Say which, and why."""
        super().__init__(reason)
        self.parameter = parameter


def read(query: type[Query], given: MultiMapping[str]) -> Query:
    """The parameters as a struct's fields, which say what each may be.

    What the struct has no field for is refused: a filter with a slip in its name would
    otherwise quietly not filter. A parameter is given once, unless its field is a list.

    Raises:
        WrongParameter: One of them cannot be taken.
    """
    fields = {field.encode_name: field for field in msgspec.structs.fields(query)}
    for name in given:
        if name not in fields:
            raise WrongParameter(name, _unknown(name, fields))
    found: dict[str, Any] = {}
    for name, field in fields.items():
        values = given.getall(name, [])
        if values:
            found[field.name] = _value(name, field.type, values)
    return query(**found)


def _value(name: str, wanted: Any, values: list[str]) -> Any:
    many = _is_list(wanted)
    if len(values) > 1 and not many:
        raise WrongParameter(name, f"{name} is given {len(values)} times, and can be given once")
    try:
        return msgspec.convert(values if many else values[0], wanted, strict=False)
    except msgspec.ValidationError as error:
        raise WrongParameter(name, f"{name}: {error}") from error


def _is_list(wanted: Any) -> bool:
    plain = get_args(wanted)[0] if get_origin(wanted) is Annotated else wanted
    return get_origin(plain) is list


def _unknown(name: str, fields: Iterable[str]) -> str:
    near = get_close_matches(name, fields, n=1)
    told = f'"{line(name)[:40]}" is no parameter here'
    return f'{told}, did you mean "{near[0]}"?' if near else f"{told}: {', '.join(fields)}"
