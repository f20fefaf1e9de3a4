"""The description of the API: valid, complete, and kept by what answers."""

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from statuspage import web
from statuspage.api.openapi import OPERATIONS
from statuspage.api.openapi import render as described
from statuspage.reference import BEGIN, DOCUMENT, END, reference
from statuspage.site import Access
from tests.statuspage import examples, works
from tests.statuspage.scenes import MAJOR, PAGE, Scene

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def description(renderer):
    return json.loads(described(renderer, examples.all_good()).body)


def rich():
    """A page on which everything happens."""
    scene = examples.with_past(Scene())
    works.four_works(scene)
    scene.open("Down", scene.ago(minutes=9), {"search": MAJOR}, "We know.")
    scene.lose("mail", scene.ago(minutes=5))
    return works.snapshot(scene)


def test_the_description_is_valid(description):
    validate(description)


def test_every_document_under_api_is_described(description):
    served = {route.path for route in web.routes() if route.path.startswith("/api/v")}
    assert served == {*description["paths"], "/api/v1/openapi.json"}


def test_every_type_goes_by_one_short_name(description):
    names = set(description["components"]["schemas"])
    assert not [name for name in names if not name.isalpha()]
    used = json.dumps(description)
    assert not [name for name in names if f'schemas/{name}"' not in used]


def test_it_names_the_page_and_where_it_is(description):
    assert description["info"]["title"] == "Acme"
    assert description["servers"] == [{"url": "https://status.acme.example"}]


def test_on_a_private_page_it_asks_for_the_token(renderer):
    page = replace(PAGE, access=Access(token="open sesame"))
    told = json.loads(described(renderer, replace(examples.all_good(), page=page)).body)
    assert told["security"] == [{"token": []}]
    assert "sesame" not in json.dumps(told)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
async def test_answers_are_as_described(open_site, description, operation):
    snapshot = rich()
    site = await open_site(snapshot)
    incidents, maintenances = snapshot.board.incidents, snapshot.board.maintenances
    id = {"incidents": [*incidents], "maintenances": [*maintenances], "components": ["search"]}
    for parameter in id.get(operation.tag, [""]):
        answer = await site.client.get(operation.path.format(id=parameter))
        assert answer.status == 200
        schema = {**description, "$ref": f"#/components/schemas/{operation.answer.__name__}"}
        Draft202012Validator(schema).validate(await answer.json())


async def test_whatever_is_asked_the_answers_are_as_described(open_site, tmp_path):
    """What a schema cannot say is left out: which cursors are ours, how many days are too many."""
    site = await open_site(rich())
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run",
        str(site.client.make_url("/api/v1/openapi.json")), "--url", str(site.client.make_url("")),
        "--phases", "coverage,fuzzing", "--max-examples", "5", "--seed", "1",
        "--exclude-checks", "positive_data_acceptance",
        cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(60):
        told, _ = await process.communicate()
    assert process.returncode == 0, told.decode()
    assert "Tested: 17" in told.decode()


def test_the_reference_is_up_to_date():
    document = (ROOT / DOCUMENT).read_text()
    assert reference(document) == document, "run `python -m statuspage.reference`"


def test_what_stands_around_the_marks_of_the_reference_is_kept():
    told = reference(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    assert told.startswith(f"before\n{BEGIN}\n")
    assert told.endswith(f"{END}\nafter\n")
    assert "\nold\n" not in told
