"""The queue is filtered by what is said, from copies on the case."""

from __future__ import annotations

from alembic import command

from earnest.ledger import Ledger
from earnest.ledger.facets import MOST, of
from earnest.ledger.schema import configuration
from earnest.ledger.tally import languages
from earnest.ledger.views import QueueQuery
from listeners.post import Deletion
from nlp.mention import Severity
from routing.case import Action
from tests.ledger.world import facets_agree, hear, open_case, post, reply, work_off


def test_the_queue_filters_by_what_was_said(ledger: Ledger) -> None:
    """By topic, severity, language and urgency, each alone and together; counted to the end."""
    for number, words in enumerate(("your fault", "the bill is wrong", "alles kaputt"), 1):
        hear(ledger, post(str(number), f"Larkspur, {words}", who=f"p{number}"))
    work_off(ledger)

    def people(**wanted: object) -> str:
        page = ledger.queue(QueueQuery(**wanted))  # type: ignore[arg-type]
        assert page.exact
        assert page.total_open == len(page.rows)
        return "".join(sorted(row.handle[1] for row in page.rows))

    assert people(topics=("billing",)) == "2"
    assert people(topics=("billing", "outage")) == "123"
    assert people(topics=("bill",)) == ""
    assert people(severities=(Severity.BLAME,)) == "1"
    assert people(languages=("de",)) == "3"
    assert people(urgencies=(0,), severities=(Severity.ACCUSATION,), languages=("en",)) == "2"
    assert languages(ledger.database) == ["de", "en"]


def test_who_speaks_next_is_filtered_by(small: Ledger) -> None:
    """The harshest post is deleted: the case is found by what is left."""
    open_case(small, text="Larkspur, your fault")
    hear(small, reply("2", "1", "Larkspur, the bill is wrong"))
    work_off(small)
    assert small.queue(QueueQuery(severities=(Severity.BLAME,))).total_open == 1
    hear(small, deletions=(Deletion("x", "1", small.clock()),))
    assert small.queue(QueueQuery(severities=(Severity.BLAME,))).total_open == 0
    assert small.queue(QueueQuery(topics=("billing",))).total_open == 1
    assert facets_agree(small)


def test_what_speaks_for_the_case_it_was_merged_into_is_followed(small: Ledger) -> None:
    """Its words are edited: the other case is found by the new ones."""
    harsh, mild = open_case(small, text="Larkspur, your fault"), open_case(small, "2")
    small.act(harsh, Action.MERGE, responder="ann", epoch=None, version=1, into=mild)
    assert small.queue(QueueQuery(severities=(Severity.BLAME,))).rows[0].case_id == mild
    hear(small, post("1", "Larkspur, the bill", revision="2"))
    work_off(small)
    assert small.queue(QueueQuery(topics=("billing",))).rows[0].case_id == mild
    assert facets_agree(small)


READ = {"language": "en", "complaint": 0.875, "severity": 2, "urgency": 1, "topics": ["outage"]}


def test_what_no_model_read_has_no_severity() -> None:
    """It is not the mildest, it is unknown."""
    assert of(READ)["severity"] == 2
    assert of(READ | {"complaint": None, "severity": 0})["severity"] is None


def test_more_topics_than_an_index_holds_do_no_harm() -> None:
    """The first ones are kept; none is cut into another one's name."""
    topics = of(READ | {"topics": [f"topic{n}" for n in range(500)]})["topics"]
    assert len(topics) == MOST
    assert topics.startswith('["topic0","topic1",')


def test_older_ledgers_get_their_copies(ledger: Ledger) -> None:
    """The migration copies what the mentions of all cases say, open or closed; and takes it back."""
    closed = open_case(ledger, text="Larkspur, the bill is your fault")
    ledger.act(closed, Action.RESOLVE, responder="ann", epoch=None, version=1)
    open_case(ledger, "2", text="Larkspur: alles kaputt", who="ann")
    before = ledger.canonical()
    config = configuration()
    with ledger.database.write(durable=True) as conn:
        config.attributes["connection"] = conn
        command.downgrade(config, "0011")
        command.upgrade(config, "head")
    assert facets_agree(ledger)
    assert {len(before.splitlines())} == {len(ledger.canonical().splitlines())}
