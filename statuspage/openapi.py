"""The OpenAPI 3.1 description of what programs may ask for, made from the operations themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from statuspage.operations import Operation
from statuspage.problems import PROBLEM, Problem
from statuspage.routes import PARAMETER

Json = dict[str, Any]

_REFUSED = {
    400: "A parameter cannot be taken; the answer names it.",
    404: "There is no such thing.",
    503: "This cannot be told now.",
}
_REFERENCE = "#/components/schemas/{name}"
_ABOUT = inspect.cleandoc(
    """
    For reading; no key is needed on a public page. Instants are in UTC, spans in seconds.
    Every answer has an ETag, and scripts of all sites may read it. Errors are problem documents
    (RFC 9457). Clients must bear members that they do not know.
    """
)


def describe(
    operations: Sequence[Operation], name: str, address: str, *, private: bool = False
) -> Json:
    """The description of these operations; on a `private` page each wants the page's token."""
    schemas = Schemas(operations)
    paths = {one.path: {"get": _operation(one, schemas)} for one in operations}
    told: Json = {
        "openapi": "3.1.0",
        "info": {"title": name, "version": "1.0.0", "description": _ABOUT},
        "servers": [{"url": address}],
        "paths": paths,
        "components": {"schemas": schemas.named},
    }
    if private:
        told["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        told["security"] = [{"token": []}]
    return told


class Schemas:
    """The JSON schemas of all types that operations answer with or read."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        """Make them all at once, so that one type has one name."""
        queries = [one.query for one in operations if one.query]
        answers = [type for one in operations for type in (one.answer, one.refusal)]
        _, found = msgspec.json.schema_components(
            [*queries, *answers, Problem], ref_template=_REFERENCE
        )
        cleaned = {name: _cleaned(schema) for name, schema in found.items()}
        self._queries = {query: cleaned.pop(query.__name__) for query in queries}
        self.named: Json = dict(sorted(cleaned.items()))

    def fields(self, query: type[msgspec.Struct]) -> Json:
        """The schemas of a query's parameters by name."""
        properties: Json = self._queries[query]["properties"]
        return properties


def _operation(operation: Operation, schemas: Schemas) -> Json:
    told: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": [*_in_path(operation), *_in_query(operation, schemas)],
        "responses": {
            "200": {
                "description": "The answer.",
                "headers": {"ETag": {"schema": {"type": "string"}}},
                "content": {"application/json": {"schema": _reference(operation.answer)}},
            },
            "304": {"description": "It is as the ETag in If-None-Match says."},
        },
    }
    for status in operation.refusals:
        told["responses"][str(status)] = _refused(status, operation)
    return told


def _in_path(operation: Operation) -> Iterator[Json]:
    for name in PARAMETER.findall(operation.path):
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1},
        }


def _in_query(operation: Operation, schemas: Schemas) -> Iterator[Json]:
    if operation.query is None:
        return
    for name, schema in schemas.fields(operation.query).items():
        about, given = schema["description"], {**schema}
        del given["description"]
        yield {"name": name, "in": "query", "description": about, "schema": given}


def _refused(status: int, operation: Operation) -> Json:
    kind = PROBLEM if operation.refusal is Problem else "application/json"
    content = {kind: {"schema": _reference(operation.refusal)}}
    return {"description": _REFUSED[status], "content": content}


def _reference(type: Any) -> Json:
    return {"$ref": _REFERENCE.format(name=type.__name__)}


def _cleaned(schema: Any) -> Any:
    """The same with its descriptions as they are read, and not as they stand in the code."""
    if isinstance(schema, list):
        return [_cleaned(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    cleaned = {key: _cleaned(value) for key, value in schema.items()}
    if isinstance(about := cleaned.get("description"), str):
        cleaned["description"] = " ".join(about.split())
    return cleaned
