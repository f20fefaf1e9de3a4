"""The revision of a check changes with the question and with nothing else."""

from checks.kinds.http import BasicAuth, HttpOptions
from checks.revision import revision_of
from checks.wire.tls import TlsSettings

ONE = HttpOptions(url="http://shop.example/", headers={"A": "1", "B": "2"})


def test_the_same_question_has_the_same_revision_however_it_is_written():
    other = HttpOptions(
        url="http://shop.example/", headers={"B": "2", "A": "1"}, method="GET", tls=TlsSettings()
    )
    assert revision_of("http", ONE) == revision_of("http", other)


def test_another_question_has_another_revision():
    questions = [
        ONE,
        HttpOptions(url="http://shop.example/other"),
        HttpOptions(url="http://shop.example/", method="HEAD"),
        HttpOptions(url="http://shop.example/", basic_auth=BasicAuth("a", "b")),
        HttpOptions(url="http://shop.example/", basic_auth=BasicAuth("a", "c")),
        HttpOptions(url="http://shop.example/", tls=TlsSettings(verify=False)),
    ]
    revisions = {revision_of("http", options) for options in questions}
    revisions.add(revision_of("tcp", ONE))
    assert len(revisions) == len(questions) + 1


def test_a_revision_is_the_same_in_every_process():
    assert revision_of("http", HttpOptions(url="http://shop.example/")) == "6b4a19b53b49"
