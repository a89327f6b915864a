"""The queue's page: who waits, why in that order, filters, and the next person."""

from __future__ import annotations

import pytest

from earnest.ledger.views import QueueQuery
from routing.case import State
from tests.desk.browser import Browser
from tests.desk.larkspur import Room


def _order(html: str) -> list[str]:
    return [part.split('"', 1)[0] for part in html.split('data-case="')[1:]]


def test_the_most_urgent_person_comes_first(room: Room, priya: Browser) -> None:
    """The page keeps the ledger's order."""
    html = priya.get("/").text
    assert _order(html) == [str(row.case_id) for row in room.ledger.queue().rows]
    assert html.index("Maya Okafor") < html.index("throwaway_fibre")


def test_a_row_says_who_what_and_why(room: Room, priya: Browser) -> None:
    """Person, words, severity in words, the due time and the reasons of the priority."""
    html = priya.get("/").text
    for words in (
        "Maya Okafor",
        "alarm pendant",
        "blames",
        "needs somebody now",
        "vulnerable person",
        "overdue",
    ):
        assert words in html
    assert "urgency 3 of 3" in html


def test_an_unread_language_says_so(priya: Browser) -> None:
    """No model read it; it is not passed off as no complaint."""
    assert "not read by the model" in priya.get("/").text


@pytest.mark.parametrize(
    ("address", "person", "others"),
    [
        ("/?source=reddit", "throwaway_fibre", "Maya"),
        ("/?topic=billing", "throwaway_fibre", "Maya"),
        ("/?queue=urgent", "Maya Okafor", "Priya Nair"),
        ("/?view=overdue", "Maya Okafor", "throwaway_fibre"),
        ("/?due=over", "Maya Okafor", "throwaway_fibre"),
        ("/?severity=3&severity=1", "throwaway_fibre", "Maya"),
        ("/?urgency=3", "Maya Okafor", "Priya Nair"),
        ("/?language=de", "Jürgen Weiß", "Maya"),
        ("/?who=free&brand=Larkspur&source=x&state=new&topic=outage&severity=1", "Priya Nair", "Maya"),
    ],
)
def test_filters(priya: Browser, address: str, person: str, others: str) -> None:
    """Each filter leaves who fits."""
    html = priya.get(address).text
    assert person in html
    assert others not in html


@pytest.mark.parametrize(
    "address",
    [
        "/?state=gibberish",
        "/?view=x",
        "/?queue=%00",
        "/?brand=Nobody",
        "/?topic=%22",
        "/?severity=x",
        "/?case=x",
    ],
)
def test_odd_filters_do_no_harm(priya: Browser, address: str) -> None:
    """An address somebody mistyped still opens."""
    assert priya.get(address).status_code == 200


def test_a_lost_bookmark_says_so(priya: Browser) -> None:
    """A place in the queue that is none is the visitor's mistake, not ours."""
    answer = priya.get("/?after=zzz")
    assert answer.status_code == 400
    assert "first page" in answer.text


def test_next_takes_the_best_case_at_once(room: Room, priya: Browser) -> None:
    """One press claims and opens."""
    priya.get("/")
    answer = priya.post("/next")
    case = room.case_of("mayao")
    assert answer.headers["location"] == f"/cases/{case.case_id}"
    assert (case.state, case.owner) == (State.ASSIGNED, "Priya Shah")


def test_next_from_a_filtered_queue_stays_in_it(room: Room, priya: Browser) -> None:
    """Whoever looks at one queue takes the next person from there."""
    priya.get("/?queue=support")
    priya.post("/next", {"queue": "support"})
    assert room.case_of("mayao").owner is None


def test_two_responders_get_two_people(room: Room, priya: Browser, tom: Browser) -> None:
    """Nobody is given to two."""
    for browser in (priya, tom):
        browser.get("/")
    assert priya.post("/next").headers["location"] != tom.post("/next").headers["location"]
    owners = [row.owner for row in room.ledger.queue(QueueQuery(states=(State.ASSIGNED,))).rows]
    assert sorted(map(str, owners)) == ["Priya Shah", "Tom Reed"]


def test_next_asks_who_one_is(room: Room) -> None:
    """A claim needs a name."""
    stranger = Browser(room.app)
    stranger.get("/")
    assert stranger.post("/next").headers["location"] == "/you"


def test_mine_shows_what_one_holds(priya: Browser) -> None:
    """The view of one's own cases."""
    priya.get("/")
    priya.post("/next")
    html = priya.get("/?view=mine").text
    assert "Maya Okafor" in html
    assert "throwaway_fibre" not in html


def test_an_empty_queue_is_calm(priya: Browser) -> None:
    """Nothing to show is said in words."""
    assert "Nobody waits here." in priya.get("/?brand=Nobody").text


def test_a_case_can_stand_beside_the_list(room: Room, priya: Browser) -> None:
    """The address names it, with the filters: a link to a colleague shows the same."""
    case_id = room.case_of("priya_n").case_id
    html = priya.get(f"/?topic=outage&case={case_id}").text
    assert f'class="case" data-case="{case_id}"' in html
    assert f'href="/cases/{case_id}">The case you were led to' in html
    assert 'class="case" data-case=' not in priya.get("/?case=999").text
