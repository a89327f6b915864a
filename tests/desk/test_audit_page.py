"""The audit at the desk: a sample is drawn, read, taken back, shared with the command, and told."""

from __future__ import annotations

import pytest

from earnest import auditing
from earnest.desk.pages.audit import sentences
from earnest.ledger.samples import SampleView, StratumView, answer, items, sample
from tests.desk.browser import Browser
from tests.desk.larkspur import NOON, Room, Said


@pytest.fixture
def busy(room: Room) -> Room:
    """The afternoon, and forty who say thanks: dismissed."""
    room.hear(
        Said(f"7{n:02}", f"kind{n}", f"Larkspur was lovely to me, {n} times", n + 1, asks=False)
        for n in range(40)
    )
    return room


def _sample(room: Room) -> SampleView:
    found = sample(room.ledger.database)
    assert found is not None
    return found


def test_a_sample_is_drawn_read_and_told(busy: Room, priya: Browser) -> None:
    """One page after another without a script; a slip is taken back; the figure comes with thirty."""
    assert "No sample was drawn yet" in priya.get("/audit").text
    assert priya.post("/audit", {"size": "50", "days": "30"}).headers["location"] == "/audit"
    assert "Drawn: 47 posts to read" in priya.get("/audit").text
    assert "test-1" not in priya.page, "what the model made of it is not shown"
    place = priya.field("place")
    said = priya.post("/audit/1/answer", {"place": place, "said": "none"})
    assert said.headers["location"] == "/audit/1"
    shown = priya.get("/audit/1").text
    assert "Kept: no complaint." in shown
    assert "Post 2 of 47" in shown
    priya.post(f"/audit/1/back/{place}")
    assert "Post 1 of 47" in priya.get("/audit").text
    assert priya.field("place") == place
    drawn = items(busy.ledger.database, 1)
    complaints = {one.place: "none" if "lovely" in one.post.text else "complaint" for one in drawn}
    answer(busy.ledger.database, 1, complaints, who="Tom Reed")
    shown = priya.get("/audit").text
    assert "All of it is read." in shown
    assert "Of 100 complaints 100 are brought to people." in shown
    assert "Missed: 0." in shown


def test_two_who_read_at_once_read_different_posts_and_neither_is_overwritten(
    busy: Room, priya: Browser, tom: Browser
) -> None:
    """The first word counts; whoever comes second is told and goes on, and takes back only their own."""
    auditing.draw(busy.ledger.database, since=NOON.replace(day=1), until=NOON, size=40, seed=1, who="Ada")
    priya.get("/audit")
    tom.get("/audit")
    place = priya.field("place")
    assert tom.field("place") != place
    priya.post("/audit/1/answer", {"place": place, "said": "complaint"})
    tom.post("/audit/1/answer", {"place": place, "said": "none"})
    assert "Somebody has answered that one already" in tom.get("/audit").text
    tom.post(f"/audit/1/back/{place}")
    assert "no answer of yours" in tom.get("/audit").text
    assert sum(one.complaints for one in _sample(busy).strata) == 1
    assert tom.post("/audit/1/answer", {"place": place, "said": "perhaps"}).status_code == 422
    assert tom.get("/audit/9").status_code == 404


def test_programs_draw_read_and_are_told(busy: Room) -> None:
    """The page's work by the API; the same sample as the page and the command have."""
    program = Browser(busy.app)
    me = {"Earnest-Responder": "Ada Lin"}
    made = program.request("POST", "/api/audit", json={"size": 20, "seed": 3}, headers=me).json()
    assert made["open"] == 20
    waiting = program.get("/api/audit/1/next", headers=me).json()
    assert waiting["about"] == "Larkspur"
    say = {"place": waiting["place"], "answer": "complaint"}
    told = program.request("POST", "/api/audit/1/answers", json=say, headers=me).json()
    assert (told["open"], sum(one["complaints"] for one in told["strata"])) == (19, 1)
    assert program.request("POST", "/api/audit/1/answers", json=say, headers=me).status_code == 409
    back = program.request("POST", "/api/audit/1/answers", json={**say, "answer": ""}, headers=me)
    assert back.json() == program.get("/api/audit/1").json()
    assert [one["sample"] for one in program.get("/api/audit").json()] == [_sample(busy).id]
    busy.clock.pass_by(days=900)
    assert program.request("POST", "/api/audit", json={}, headers=me).status_code == 409


def test_what_was_missed_is_said_in_words() -> None:
    """How many are found and missed, each with its interval, and where most were missed."""
    strata = (
        StratumView("brought", 500, 50, 40, 10, 0, 0),
        StratumView("near", 400, 60, 20, 40, 0, 0),
        StratumView("unmentioned", 9000, 90, 0, 90, 0, 0),
    )
    view = SampleView(1, NOON, NOON, NOON, "Ada", strata)
    found, missed, where = sentences(view, auditing.judged(view))
    assert found.startswith("Of 100 complaints about 75 (between ")
    assert missed.startswith("Missed: about 133 (between ")
    assert where == "Most of them: dismissed, thought a complaint at 5% or more."
    empty = SampleView(1, NOON, NOON, NOON, "Ada", (StratumView("far", 40, 40, 0, 40, 0, 0),))
    assert sentences(empty, auditing.judged(empty)) == [
        "No complaint was seen so far, so nobody knows how many are found. Missed: 0."
    ]
