"""What becomes of a webhook as it answers or fails."""

from datetime import UTC, datetime, timedelta

from incidents.endpoints import (
    DISABLED_AFTER,
    FAILURES_SHOWN,
    FEWEST_FAILURES,
    ROTATION,
    Endpoint,
    EndpointState,
    activated,
    answered,
    failed,
    paused,
    rotated,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ACTIVE = Endpoint("s1", "https://a.example/", NOW, b"sealed", EndpointState.ACTIVE)


def failing(times: int, span: timedelta, endpoint: Endpoint = ACTIVE) -> Endpoint:
    for number in range(times):
        at = NOW + span * number / max(1, times - 1)
        endpoint = failed(endpoint, f"failure {number}", at)
    return endpoint


def test_it_is_disabled_once_it_failed_for_long_and_often():
    assert failing(FEWEST_FAILURES, DISABLED_AFTER).state is EndpointState.DISABLED


def test_failing_often_within_a_short_time_is_forgiven():
    endpoint = failing(100, DISABLED_AFTER - timedelta(seconds=1))
    assert endpoint.state is EndpointState.ACTIVE
    assert len(endpoint.recent) == FAILURES_SHOWN
    assert endpoint.recent[0].reason == "failure 99"


def test_few_failures_far_apart_say_little():
    assert failing(FEWEST_FAILURES - 1, DISABLED_AFTER * 9).state is EndpointState.ACTIVE


def test_an_answer_begins_the_count_anew():
    endpoint = answered(failing(FEWEST_FAILURES - 1, DISABLED_AFTER))
    assert failed(endpoint, "once more", NOW + DISABLED_AFTER).state is EndpointState.ACTIVE


def test_one_that_wants_no_more_is_disabled_at_once_until_it_answers_a_challenge():
    endpoint = failed(ACTIVE, "410", NOW, final=True)
    assert endpoint.state is EndpointState.DISABLED
    again = activated(endpoint)
    assert (again.state, again.failing_since, again.failures) == (EndpointState.ACTIVE, None, 0)


def test_a_paused_one_stays_paused_when_its_last_message_fails():
    assert failed(paused(ACTIVE), "410", NOW, final=True).state is EndpointState.PAUSED


def test_only_an_active_one_can_be_paused():
    fresh = Endpoint("s1", "https://a.example/", NOW, b"sealed")
    assert paused(fresh) == fresh


def test_after_a_rotation_both_secrets_sign_for_a_day():
    endpoint = rotated(ACTIVE, b"new", NOW)
    assert endpoint.signing(NOW) == (b"new", b"sealed")
    assert endpoint.signing(NOW + ROTATION) == (b"new",)
    assert rotated(endpoint, b"newer", NOW).signing(NOW) == (b"newer", b"new")
