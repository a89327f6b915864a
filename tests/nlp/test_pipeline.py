"""The whole way from a post to its mentions, with a fake complaint model."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from listeners.brand import Brand
from listeners.post import Kind, Post
from nlp import version
from nlp.mention import How, Mention, Severity
from nlp.pipeline import Analyzer
from tests.nlp.fakes import LARKSPUR, WordModel, post

QUILLON = Brand(name="Quillon", own_accounts={"x": ("QuillonCare",)})


@cache
def analyzer() -> Analyzer:
    """One pipeline for all tests: it holds no state between posts."""
    return Analyzer([LARKSPUR, QUILLON], complaints=WordModel())


def mentions(one: Post, parent: Post | None = None) -> tuple[Mention, ...]:
    """The mentions of a single post."""
    return next(analyzer().analyze([(one, parent)]))


def test_a_post_that_names_no_brand_has_no_mention() -> None:
    """Nothing is made up."""
    assert mentions(post("my internet is down")) == ()


def test_each_brand_is_its_own_mention() -> None:
    """Two brands in one post are two mentions, each with its own spans."""
    one = post("Quillon is down, Larkspur is not")
    first, second = mentions(one)
    assert {first.brand, second.brand} == {"Larkspur", "Quillon"}
    assert {one.text[m.spans[0].start : m.spans[0].end] for m in (first, second)} == {"Larkspur", "Quillon"}


def test_title_is_read_too() -> None:
    """A brand named only in the title is found there, at the title's offsets."""
    one = post("Nothing here.", title="Why Larkspur is down", kind=Kind.ARTICLE)
    (mention,) = mentions(one)
    assert mention.spans[0].field == "title"
    assert one.title[mention.spans[0].start : mention.spans[0].end] == "Larkspur"


def test_evidence_stands_at_the_posts_own_offsets() -> None:
    """Evidence of a titled post points into the field it is in."""
    one = post("It is down since Monday", title="Larkspur")
    (mention,) = mentions(one)
    assert mention.judgement is not None
    words = {one.text[e.start : e.end] for e in mention.judgement.evidence if e.what == "complaint"}
    assert words == {"down"}


def test_own_voice_is_never_judged() -> None:
    """The brand's own post is its own voice, even where it says "down" and names nobody."""
    (mention,) = mentions(post("We know it is down and are on it", "LarkspurHelp"))
    assert (mention.brand, mention.own_voice, mention.judgement) == ("Larkspur", True, None)


def test_own_accounts_count_only_on_their_network() -> None:
    """The same name on another network is somebody else."""
    assert mentions(post("all good", "LarkspurHelp", source="reddit")) == ()


def test_a_post_in_the_brands_own_community_names_it() -> None:
    """In r/larkspur nobody says "Larkspur"; elsewhere, or on another network, it would be needed."""
    here = "https://www.reddit.com/r/Larkspur/comments/1abc/down_again/"
    (mention,) = mentions(post("down again", source="reddit", url=here))
    assert (mention.brand, [span.how for span in mention.spans]) == ("Larkspur", [How.COMMUNITY])
    assert mention.judgement is not None
    assert mention.judgement.is_complaint
    elsewhere = here.replace("r/Larkspur", "r/BroadbandUK")
    assert mentions(post("down again", source="reddit", url=elsewhere)) == ()
    assert mentions(post("down again", source="blog", url=here)) == ()


@pytest.mark.parametrize("text", ["what is this flower called", "larkspur or delphinium for a border?"])
def test_what_the_words_say_goes_before_the_community(text: str) -> None:
    """Gardeners stray into r/larkspur too."""
    here = "https://www.reddit.com/r/larkspur/comments/1abc/a_border/"
    assert mentions(post(text, source="reddit", url=here)) == ()


def test_a_name_in_the_words_goes_before_the_community() -> None:
    """Named is named, once; another brand named there stands beside."""
    here = "https://www.reddit.com/r/larkspur/comments/1abc/_/2def/"
    first, second = mentions(post("Larkspur is worse than Quillon", source="reddit", url=here))
    assert {(m.brand, m.spans[0].how) for m in (first, second)} == {
        ("Larkspur", How.NAME),
        ("Quillon", How.NAME),
    }


def test_a_reply_without_the_name_belongs_to_its_thread() -> None:
    """ "same here" under a complaint is a mention found by its thread, and a complaint."""
    parent = post("Larkspur is down in Bristol")
    (mention,) = mentions(post("same here", kind=Kind.REPLY, parent_id=parent.id), parent)
    assert [span.how for span in mention.spans] == [How.THREAD]
    assert mention.judgement is not None
    assert mention.judgement.is_complaint


def test_a_reply_to_the_brand_belongs_to_its_thread() -> None:
    """ "still not fixed" to the brand's answer is a complaint though neither names the brand."""
    parent = post("Could you restart it and tell us how it goes?", "LarkspurHelp")
    (mention,) = mentions(post("still not fixed", kind=Kind.REPLY, parent_id=parent.id), parent)
    assert mention.judgement is not None
    assert mention.judgement.is_complaint


def test_solved_is_no_complaint() -> None:
    """ "thanks, not down any more, sorted" would be one by its words alone."""
    parent = post("Could you restart it and tell us how it goes?", "LarkspurHelp")
    (mention,) = mentions(post("thanks, was down, all sorted", kind=Kind.REPLY, parent_id=parent.id), parent)
    assert mention.judgement is not None
    assert not mention.judgement.is_complaint
    assert mention.judgement.severity is Severity.NONE


def test_other_languages_are_unread_and_kept() -> None:
    """A language without a model is marked unread, never dropped."""
    (mention,) = mentions(post("Mi internet de Larkspur no funciona desde ayer y nadie contesta"))
    assert (mention.language, mention.unread) == ("es", True)


def test_emoji_alone_is_read() -> None:
    """No language is no reason not to judge."""
    (mention,) = mentions(post("@LarkspurHelp 😡😡😡"))
    assert mention.language == "und"
    assert mention.judgement is not None


def test_a_repost_repeats_its_original() -> None:
    """A repost names what it repeats."""
    (mention,) = mentions(post("RT @joe: Larkspur is down", kind=Kind.REPOST, parent_id="77"))
    assert mention.duplicate_of == ("x", "77")


def test_a_quote_with_words_of_its_own_is_not_a_copy() -> None:
    """A quote that adds something is heard by itself; one that adds nothing repeats."""
    (said,) = mentions(post("And Larkspur did it to me too", kind=Kind.QUOTE, parent_id="77"))
    (bare,) = mentions(post("https://larkspur.example/s/77", kind=Kind.QUOTE, parent_id="77"))
    assert said.duplicate_of is None
    assert bare.duplicate_of == ("x", "77")


def test_the_parent_is_handed_to_the_model() -> None:
    """The complaint model sees what a reply answers."""
    model = WordModel()
    parent = post("Larkspur any news?")
    reply = post("Larkspur says Friday", kind=Kind.REPLY, parent_id=parent.id)
    list(Analyzer([LARKSPUR], complaints=model).analyze([(reply, parent)]))
    assert model.contexts == ["Larkspur any news?"]


def test_only_posts_with_a_brand_cost_a_judgement() -> None:
    """The model is not asked about posts that name nobody."""
    model = WordModel()
    list(Analyzer([LARKSPUR], complaints=model).analyze([(post("down"), None), (post("Larkspur"), None)]))
    assert model.asked == ["Larkspur"]


def test_order_and_number_are_kept() -> None:
    """One answer per post, in order, over batch edges."""
    posts = [post("Larkspur" if n % 3 == 0 else "nobody") for n in range(700)]
    answers = list(analyzer().analyze((one, None) for one in posts))
    assert [bool(answer) for answer in answers] == [n % 3 == 0 for n in range(700)]


def test_the_version_changes_with_the_configuration() -> None:
    """Another configuration is another version; the same one is the same."""
    one, two = Analyzer([LARKSPUR], complaints=WordModel()), Analyzer([QUILLON], complaints=WordModel())
    assert one.version != two.version
    assert one.version == Analyzer([LARKSPUR], complaints=WordModel()).version


@pytest.mark.parametrize("name", ["cues.yaml", "topics.yaml", "senses.yaml", "urgency.py"])
def test_the_version_changes_with_the_lists_and_the_code(name: str, tmp_path: Path) -> None:
    """A word more in anything that judges is another version; the same bytes are the same one."""
    files = version.judging()
    changed = tmp_path / name
    changed.write_bytes(next(path for path in files if path.name == name).read_bytes() + b"\n# more\n")
    assert version.of(files) == version.rules()
    assert version.of([changed if path.name == name else path for path in files]) != version.rules()


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        "a" * 200_000,
        "Larkspur " * 25_000,
        "!" * 200_000,
        "a-" * 100_000,
        "a.b@" * 50_000,
        "#" * 200_000,
        "@a" * 100_000,
        "`" * 200_000,
        "<code>" * 40_000,
        "😡" * 50_000,
        "\u202e\u202dLarkspur" * 5_000,
        "\x00Larkspur\x00" * 1000,
        "\ud800Larkspur\udfff down",
        "http://" * 30_000,
        "http://a." * 20_000,
        "still " * 40_000,
        "\n" * 200_000,
        "e\u0301" * 100_000,
        "١٢٣ " * 40_000,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_nonsense_takes_bounded_time(text: str) -> None:
    """No input hangs or breaks the pipeline."""
    assert isinstance(mentions(post(text + " @Larkspur", title="Larkspur")), tuple)


def test_importing_is_cheap() -> None:
    """Neither spaCy nor a model is loaded before it is needed."""
    code = "import sys, nlp, nlp.pipeline; sys.exit('spacy' in sys.modules or 'py3langid' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_sense_of_an_ordinary_word_is_evidence() -> None:
    """Where the name is an ordinary word, the mention says why the brand is meant."""
    target = Brand(name="Target", description="American department stores")
    one = post("Target cancelled my order and the store is no help")
    (mention,) = next(Analyzer([target], complaints=WordModel()).analyze([(one, None)]))
    assert mention.judgement is not None
    (sense,) = (mark for mark in mention.judgement.evidence if mark.what.startswith("means Target: "))
    assert one.text[sense.start : sense.end] == "Target"
    assert sense.what.removeprefix("means Target: ")


def test_evidence_is_said_once() -> None:
    """Words that show both a topic and a stake of one name are marked once."""
    (mention,) = mentions(post("Larkspur internet is down"))
    assert mention.judgement is not None
    marks = [(mark.start, mark.end, mark.what) for mark in mention.judgement.evidence]
    assert len(marks) == len(set(marks))
