"""What storage is handed of all folds."""

from incidents import detect
from incidents.folds import Folds
from tests.incidents.detect.scripted import CANARIES, learning
from tests.incidents.world import FAIL, NOON, PASS, component, result

SHOP, MAIL = "shop/api", "mail/api"


def begun() -> Folds:
    folds = Folds(learning(component("shop"), component("mail"), canaries=CANARIES))
    folds.adopt(folds.policy, NOON)
    return folds


def restored(kept) -> dict[str, detect.Judged]:
    found = {one.key: detect.restored(one) for one in kept if one.data}
    return {key: state for key, state in found.items() if state is not None}


def test_what_is_kept_stays_as_it_was_when_more_is_folded_in_before_it_is_written():
    folds = begun()
    folds.feed(result(PASS, 1, check=SHOP, location="fra"), 1)
    before, sights = dict(folds.states), dict(folds.surroundings.sights)
    kept = folds.kept()
    folds.feed(result(PASS, 20, check=SHOP, location="fra"), 2)
    folds.feed(result(FAIL, 21, check=MAIL, location="fra"), 3)
    folds.dirty.clear()
    folds.refolded.clear()
    written = list(kept)
    assert restored(written) == before
    assert folds.states != before
    again = begun()
    assert sum(again.surroundings.restore(one) for one in written) == 1 + len(sights)
    assert again.surroundings.sights == sights


def test_only_what_changed_is_kept_and_what_other_folds_left_is_deleted():
    folds = begun()
    assert {one.key for one in folds.kept() if not one.data} == {SHOP, MAIL}
    folds.dirty.clear()
    folds.refolded.clear()
    folds.feed(result(PASS, 1, check=SHOP, location="fra"), 1)
    about = [one for one in folds.kept() if one.key in folds.states]
    assert [(one.key, bool(one.data)) for one in about] == [(SHOP, True)]
