"""What checks.yaml comes to: values, inheritance, places, secrets."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from checks.kinds import KINDS
from checks.model import Observation
from checks.wire.bodies import Body, Headers
from incidents.model import Impact
from incidents.policy import (
    Agreement,
    Confirm,
    CountsMode,
    LatencyGoal,
    PublicationMode,
    Quorum,
    Sensitivity,
)
from monitor.config.config import LOCAL
from monitor.config.load import load

ROOT = Path(__file__).parents[3]
WHOLE = Path(__file__).parent / "good" / "whole.yaml"


@pytest.fixture
def write(tmp_path):
    def written(text, name="checks.yaml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
        return path

    return written


@pytest.fixture
def config(write):
    def loaded(text, **environ):
        found = load(write("version: 1\n" + dedent(text)), environ=environ)
        assert found.mistakes == ()
        return found.config

    return loaded


@pytest.fixture(scope="module")
def whole():
    return load(WHOLE, environ={"SMTP_PASSWORD": "s3cret", "PORT": "8443"}).config


def test_the_shipped_file_is_right_and_asks_nothing_beyond_this_machine():
    loaded = load(ROOT / "checks.yaml", environ={})
    assert loaded.issues == ()
    probed = [check for check in loaded.config.checks.values() if check.kind.probe]
    targets = [check.kind.target(check.options) for check in probed]
    assert targets
    assert all("127.0.0.1" in target for target in targets)
    assert any(not one.checks for one in loaded.config.policy.components.values())


def test_a_check_inherits_from_templates_and_defaults_and_wins_over_them(whole):
    check, policy = whole.checks["checkout/api"], whole.policy.checks["checkout/api"]
    assert check.kind is KINDS["http"]
    assert (check.options.url, check.options.method) == ("https://shop.example:8443/health", "HEAD")
    assert (check.interval, check.timeout) == (timedelta(seconds=30), timedelta(seconds=4))
    assert [named.key for named in check.expect] == ["status", "json"]
    assert [named.key for named in check.degraded_if] == ["latency"]
    assert [named.key for named in check.warn_if] == ["certificate"]
    assert policy.confirm == Confirm(Quorum(2, 3), Quorum(3, 3))
    assert policy.sensitivity is Sensitivity.EAGER
    assert check.locations == policy.locations == ("fra",)
    assert check.revision == policy.revision != ""


def test_a_check_sets_aside_a_rule_that_defaults_or_a_template_bring():
    loaded = load(WHOLE.with_name("rule_set_aside.yaml"))
    assert loaded.issues == ()
    rules = {check: policy.confirm for check, policy in loaded.config.policy.checks.items()}
    assert rules == {
        "shop/api": None,
        "shop/edge": None,
        "shop/strict": Confirm(Quorum(5, 5), Quorum(2, 2)),
        "shop/plain": Confirm(Quorum(2, 3), Quorum(2, 2)),
        "shop/orders": None,
    }


def test_a_component_carries_all_that_the_file_says(whole):
    component = whole.policy.components["checkout"]
    assert component.publish.mode is PublicationMode.HOLD
    assert component.publish.hold == timedelta(minutes=3)
    assert component.promise.critical == timedelta(minutes=10)
    assert component.promise.major == timedelta(hours=1)
    assert (component.counts.mode, component.counts.at_least) == (CountsMode.AT_LEAST, 2)
    assert component.depends_on == ("payments",)
    assert component.objective.availability == pytest.approx(0.9995)
    assert component.objective.latency == (LatencyGoal(0.95, timedelta(milliseconds=300)),)
    assert component.agreement == Agreement(0.999, date(2026, 1, 1))
    assert component.aliases == ("cart",)
    assert component.checks == ("checkout/api", "checkout/edge-a", "checkout/edge-b")
    assert whole.policy.components["payments"].publish.mode is PublicationMode.DRAFT


def test_identifiers_are_text_whatever_yaml_makes_of_them(whole):
    assert list(whole.policy.components)[-3:] == ["404", "no", "included"]
    assert whole.policy.components["404"].name == "404"
    assert whole.policy.components["payments"].name == "24"


def test_for_each_makes_one_for_each_value(whole):
    names = [whole.policy.components[f"shop-{region}"].name for region in ("eu", "us")]
    assert names == ["Shop eu for ${money}", "Shop us for ${money}"]
    assert whole.checks["shop-us/api"].options.address.host == "us.shop.example"


def test_for_each_makes_the_product_of_its_lists(config):
    found = config("""
        components:
          shop-${each:region}-${each:tier}:
            for_each: {region: [eu, us], tier: [a, b]}
    """)
    assert list(found.policy.components) == ["shop-eu-a", "shop-eu-b", "shop-us-a", "shop-us-b"]


def test_a_route_of_a_group_is_for_its_components(whole):
    (route,) = whole.policy.routes
    assert route.components == {"checkout", "payments"}
    assert route.impact == {Impact.MAJOR, Impact.CRITICAL}
    assert (route.to[0].channel, route.to[0].address) == ("mail", "oncall@acme.example")


def test_maintenance_keeps_local_time_and_zone(whole):
    plan = whole.policy.maintenance["move"]
    assert (plan.starts, plan.timezone) == (datetime(2026, 12, 1, 22), "Europe/Berlin")  # noqa: DTZ001
    assert plan.lasts == timedelta(hours=2)


def test_what_is_not_said_is_as_the_reference_says(config):
    found = config("components: {shop: {checks: {api: {tcp: 'shop.example:443'}}}}")
    check = found.checks["shop/api"]
    assert (check.name, check.interval, check.timeout) == (
        "Api",
        timedelta(seconds=30),
        timedelta(seconds=5),
    )
    assert check.locations == found.locations == (LOCAL,)
    assert found.policy.checks["shop/api"].confirm is None
    assert (found.page.name, found.page.url) == ("Status", "")
    assert found.probes_per_minute == 2


def test_text_stays_as_written(config):
    found = config("""
        components:
          shop:
            name: 1.10
            description: 0x1F
            checks:
              api:
                http: {url: "http://shop.example/", headers: {X-Version: 1.10, X-On: true}}
    """)
    assert found.policy.components["shop"].name == "1.10"
    assert found.policy.components["shop"].description == "0x1F"
    assert dict(found.checks["shop/api"].options.headers) == {"X-Version": "1.10", "X-On": "true"}


def test_a_kind_in_the_check_replaces_the_templates(config):
    found = config("""
        templates: {web: {http: "https://shop.example/", interval: 1m}}
        components: {shop: {checks: {api: {template: web, tcp: "shop.example:443"}}}}
    """)
    assert found.checks["shop/api"].kind.name == "tcp"
    assert found.checks["shop/api"].interval == timedelta(minutes=1)


def test_an_empty_key_takes_nothing_away_from_a_template(config):
    found = config("""
        templates: {web: {http: "https://shop.example/", interval: 1m}}
        components: {shop: {checks: {api: {template: web, http: , interval: }}}}
    """)
    assert found.checks["shop/api"].options.url == "https://shop.example/"
    assert found.checks["shop/api"].interval == timedelta(minutes=1)


def test_an_alias_of_a_check_is_an_id_in_full(config):
    found = config("""
        components: {shop: {checks: {api: {aliases: [web, old/web], tcp: "shop.example:1"}}}}
    """)
    assert found.checks["shop/api"].aliases == ("shop/web", "old/web")


def test_a_number_in_json_is_compared_as_one(config):
    found = config("""
        components:
          shop:
            checks:
              api: {http: "https://shop.example/", expect: {json: {$.a: 3, $.b: 1.50}}}
    """)
    named = [one.expectation for one in found.checks["shop/api"].expect if one.key == "json"]
    observation = Observation(0.1, facts={"body": Body(b'{"a": 3, "b": 1.5}', Headers([]), 100)})
    assert named
    assert all(one.judge(observation, datetime.now(UTC)).held for one in named)


def test_templates_apply_from_left_to_right_and_may_use_templates(config):
    found = config("""
        templates:
          slow: {interval: 5m, timeout: 20s}
          quick: {template: slow, timeout: 1s}
          calm: {interval: 10m}
        components:
          shop: {checks: {api: {template: [quick, calm], tcp: "shop.example:443"}}}
    """)
    check = found.checks["shop/api"]
    assert (check.interval, check.timeout) == (timedelta(minutes=10), timedelta(seconds=1))


def test_a_template_may_name_what_its_user_binds(config):
    found = config("""
        templates: {edge: {tcp: "${each:zone}.shop.example:443"}}
        components:
          shop:
            checks:
              edge-${each:zone}: {for_each: {zone: [a, b]}, template: edge}
    """)
    hosts = [check.options.address.host for check in found.checks.values()]
    assert hosts == ["a.shop.example", "b.shop.example"]


def test_a_variable_is_converted_like_text(config):
    found = config(
        """
        components:
          shop:
            checks:
              api: {http: {url: "http://shop.example/", max_redirects: "${env:MOST}"},
                    interval: "${env:EVERY}"}
        """,
        MOST="3",
        EVERY="1m",
    )
    check = found.checks["shop/api"]
    assert check.options.max_redirects == 3
    assert check.interval == timedelta(minutes=1)


def test_a_file_loses_one_newline_and_is_relative_to_the_main_file(write):
    write("one\n\n", "keys/key")
    write("secret_key: ${file:keys/key}\n", "unused.yaml")
    path = write("version: 1\nsecret_key: ${file:keys/key}\ncomponents: {}\n")
    assert load(path).config.secret_key == "one\n"


def test_secrets_are_in_the_settings_and_in_no_repr(whole):
    assert whole.channels["mail"].password == "s3cret"
    assert "s3cret" not in repr(whole)


def test_a_routes_address_from_a_variable_is_a_secret_too(config):
    found = config(
        """
        page: {url: https://status.acme.example}
        channels: {mail: {host: mail.example, from: a@b.example}}
        routes: {oncall: {to: "mail:${env:WHO}"}}
        components: {}
        """,
        WHO="oncall@acme.example",
    )
    assert found.policy.routes[0].to[0].address == "oncall@acme.example"
    assert "oncall@" not in repr(found)


def test_a_route_tells_a_component_from_a_group_of_the_same_name(config):
    found = config("""
        page: {url: https://status.acme.example}
        channels: {mail: {host: mail.example, from: a@b.example}}
        routes: {oncall: {to: "mail:a@b.example", when: {components: shop}}}
        groups: {shop: }
        components: {shop: , cart: {group: shop}, mail: }
    """)
    assert found.policy.routes[0].components == {"shop", "cart"}


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("page: {url: '${env:S}'}", "ftp://hunter2"),
        ("server: {public: '${env:S}'}", "hunter2"),
        ("storage: ${env:S}", "hunter2"),
        ("defaults: {interval: '${env:S}'}", "hunter2"),
        ("defaults: {sensitivity: '${env:S}'}", "hunter2"),
        ("routes: {oncall: {to: 'mail:${env:S}'}}", "hunter2"),
        ("routes: {oncall: {to: '${env:S}'}}", "hunter2"),
        ("routes: {oncall: {to: '${env:S}:x'}}", "hunter2"),
        ("maintenance: {m: {title: x, starts: '${env:S}', lasts: 1h}}", "hunter2"),
        (
            "maintenance: {m: {title: x, starts: 2026-01-01, lasts: 1h, repeat: '${env:S}'}}",
            "hunter2",
        ),
        ("groups: {a: {name: {b: '${env:S}'}}}", "hunter2"),
        ("locations: ['${env:S}']", "hunter2"),
        ("include: ${env:S}", "hunter2"),
        ("templates: {a: {template: '${env:S}'}}", "hunter2"),
    ],
)
def test_an_issue_never_tells_what_a_variable_holds(write, text, secret):
    path = write(f"version: 1\n{text}\ncomponents: {{}}\n")
    loaded = load(path, environ={"S": secret})
    assert loaded.mistakes
    assert "hunter2" not in "".join(f"{issue}" for issue in loaded.issues)


def test_a_syntax_error_is_the_one_issue_of_its_file_and_others_are_still_read(write):
    write("components: {\n", "broken.yaml")
    path = write("""
        version: 1
        include: broken.yaml
        components: {shop: {group: in-the-broken-file, naem: Shop}}
    """)
    told = [(Path(issue.place.file).name, issue.message) for issue in load(path).mistakes]
    assert len(told) == 2
    assert told[0][1].startswith('unknown key "naem"')
    assert told[1][0] == "broken.yaml"


def test_a_mistake_in_a_template_is_told_once_at_its_first_use(write):
    path = write("""
        version: 1
        templates: {web: {degraded_if: {latency: {above: 5}}}}
        components:
          shop:
            checks:
              a: {template: web, tcp: "shop.example:1"}
              b: {template: web, tcp: "shop.example:2"}
    """)
    (issue,) = load(path).mistakes
    assert (issue.place.line, issue.place.column) == (7, 21)
    assert f'from template "web" at {path}:3:' in issue.message


def test_columns_count_characters(write):
    path = write('version: 1\npage: {name: "Café 東京", nam: x}\ncomponents: {}\n')
    (issue,) = load(path).mistakes
    assert (issue.place.line, issue.place.column) == (2, 25)


def test_a_file_included_twice_counts_once(write):
    write("components: {mail: {}}\n", "more/mail.yaml")
    path = write("version: 1\ninclude: ['more/*.yaml', more/mail.yaml, '*.yaml']\ncomponents: {}\n")
    assert list(load(path).config.policy.components) == ["mail"]


def test_a_missing_main_file_is_an_issue(tmp_path):
    (issue,) = load(tmp_path / "none.yaml").mistakes
    assert issue.message == "cannot be read: No such file or directory"


def test_the_example_of_the_manual_is_read(config):
    text = (Path(__file__).parents[3] / "docs" / "maintenance.md").read_text()
    example = text.partition("```yaml\n")[2].partition("```")[0]
    found = config(f"components: {{shop: {{}}}}\n{example}").policy.maintenance
    assert [plan.title for plan in found.values()] == ["New disks for the shop", "Nightly backup"]
