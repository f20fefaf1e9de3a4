"""The JSON Schema takes what the loader takes and refuses what an editor can see is wrong."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from checks.kinds import KINDS
from incidents.channels import channels
from monitor.config.editor import json_schema

HERE = Path(__file__).parent
SCHEMA = json_schema(KINDS, channels())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

# What only the loader can know: references, rings, files, variables, bounds between keys.
SEEN_BY_EDITORS = (
    "unknown_key_in_check",
    "unknown_key_at_top",
    "unknown_key_of_page",
    "check_key_on_component",
    "component_key_on_check",
    "unknown_kind",
    "no_kind",
    "two_kinds",
    "unknown_option",
    "missing_option",
    "wrong_type_of_number",
    "page_url_without_scheme",
    "interval_without_unit",
    "interval_with_wrong_unit",
    "confirm_not_a_rule",
    "confirm_unknown",
    "sensitivity_unknown",
    "unknown_expectation",
    "expectation_of_another_kind",
    "expect_is_no_map",
    "latency_without_unit",
    "id_with_capitals",
    "publish_unknown",
    "publish_hold_without_unit",
    "impact_unknown",
    "objective_without_percent",
    "agreement_without_date",
    "route_without_target",
    "channel_unknown",
    "channel_port_too_high",
    "version_missing",
    "version_of_the_future",
    "components_missing",
    "components_as_list",
    "checks_as_list",
    "several_at_once",
)


class Core(yaml.SafeLoader):
    """YAML as an editor reads it: keys are text, dates and the like are no types."""


Core.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in found
        if tag.rsplit(":", 1)[1] in ("null", "int", "float")
    ]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Core.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), list("tf"))


def read(path):
    def texts(node):
        if isinstance(node, dict):
            return {str(key): texts(value) for key, value in node.items()}
        return [texts(item) for item in node] if isinstance(node, list) else node

    return texts(yaml.load(path.read_text(), Loader=Core))


def test_it_is_a_schema_itself():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


@pytest.mark.parametrize(
    "path",
    [HERE.parents[2] / "checks.yaml", HERE / "good" / "whole.yaml"],
    ids=lambda path: path.stem,
)
def test_it_takes_right_files(path):
    assert [error.message for error in VALIDATOR.iter_errors(read(path))] == []


@pytest.mark.parametrize("name", SEEN_BY_EDITORS)
def test_it_refuses_wrong_files(name):
    assert list(VALIDATOR.iter_errors(read(HERE / "bad" / f"{name}.yaml")))


def test_every_key_has_its_documentation():
    for name, part in (("top", SCHEMA), ("check", SCHEMA["$defs"]["check"])):
        for key, value in part["properties"].items():
            assert value.get("markdownDescription"), f"{name}.{key}"
