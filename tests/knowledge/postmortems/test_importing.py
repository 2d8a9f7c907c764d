"""`manage.py import_postmortems`: what an organisation has already comes in, once, and is found."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from hub.lib.identity import Actor
from knowledge.postmortems.models import Postmortem, PostmortemRevision
from knowledge.search.access import search
from tenants.models import AuditEntry
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api

__all__ = ["api"]

pytestmark = pytest.mark.django_db

ActorNamed = Callable[[str], Actor]

PIECE = {
    "id": "inc-2041",
    "title": "Gearbox of the turnstile seized",
    "body": "The turnstile grease froze at minus thirty.\n\n## Root cause\nWrong lubricant.\n\n## Timeline\n9:00 stuck",
    "date": "2025-02-03",
    "service": "Wallet",
    "causes": ["hardware-fault", "Vendor failure", "gremlins"],
    "tags": ["turnstile", "winter"],
}


def run(path: Path, *words: str, unit: str = "payments") -> str:
    out = io.StringIO()
    call_command("import_postmortems", str(path), "--unit", unit, *words, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def lines(path: Path, *pieces: Any) -> Path:
    file = path / "reviews.jsonl"
    file.write_text("\n".join(each if isinstance(each, str) else json.dumps(each) for each in pieces))
    return file


def imported(external_id: str) -> Postmortem:
    with seeding():
        return Postmortem.objects.select_related("service", "cause").get(external_id=external_id)


def test_json_lines_are_published_and_found_at_once(tmp_path: Path, actor: ActorNamed, api: ApiOf) -> None:
    said = run(lines(tmp_path, PIECE))

    assert "1 were added" in said
    assert "no cause of the taxonomy is called “gremlins”" in said
    review = imported("inc-2041")
    assert review.is_published
    assert (review.summary, review.severity) == ("The turnstile grease froze at minus thirty.", None)
    assert review.root_cause == "Wrong lubricant.\n\n## Timeline\n9:00 stuck"
    assert review.service
    assert review.service.slug == "wallet"
    assert review.cause
    assert review.cause.key == "hardware-fault"
    with seeding():
        assert [each.key for each in review.contributing.all()] == ["vendor-failure"]
        assert AuditEntry.objects.filter(verb="import_postmortem", object_id=review.pk).count() == 1
    assert search(actor("observer.payments"), "turnstile grease").hits[0].record.pk == review.pk
    assert [hit.record.pk for hit in search(actor("observer.payments"), "turnstile").hits] == [review.pk]
    answer = api("observer.payments").ask(
        '{ postmortems(filters: {externalId: {exact: "inc-2041"}}) { edges { node { externalId severity tags } } } }'
    )
    node = answer.data["postmortems"]["edges"][0]["node"]
    assert node == {"externalId": "inc-2041", "severity": None, "tags": ["turnstile", "winter"]}


def test_they_are_the_units_alone_unless_said_otherwise(tmp_path: Path, actor: ActorNamed) -> None:
    run(lines(tmp_path, PIECE))
    assert search(actor("outsider.logistics"), "turnstile").total == 0

    run(lines(tmp_path, {**PIECE, "id": "inc-2042"}), "--audience", "enterprise")
    [hit] = search(actor("outsider.logistics"), "turnstile").hits
    assert hit.record == imported("inc-2042")


def test_a_second_import_changes_what_has_changed_alone(tmp_path: Path, actor: ActorNamed) -> None:
    other = {**PIECE, "id": 7, "title": "Another"}
    run(lines(tmp_path, PIECE, other))
    first = imported("inc-2041")
    said = run(lines(tmp_path, {**PIECE, "body": "The hinge cracked."}, other))

    assert "0 were added, 1 were brought up to date, 1 had not changed" in said
    second = imported("inc-2041")
    assert (second.pk, second.version, second.summary) == (first.pk, first.version + 1, "The hinge cracked.")
    with seeding():
        kept = PostmortemRevision.objects.filter(postmortem=second, section="summary").get()
    assert kept.body == "The turnstile grease froze at minus thirty."
    assert search(actor("observer.payments"), '"hinge cracked"').total == 1
    assert search(actor("observer.payments"), '"grease froze"').total == 1  # the other one's


def test_the_same_id_in_another_unit_is_another_review(tmp_path: Path) -> None:
    run(lines(tmp_path, PIECE))
    run(lines(tmp_path, PIECE), unit="media")

    with seeding():
        found = Postmortem.objects.filter(external_id="inc-2041").values_list("unit__slug", flat=True)
        assert sorted(found) == ["media", "payments"]


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    said = run(lines(tmp_path, PIECE), "--dry-run")

    assert "1 would be added" in said
    with seeding():
        assert not Postmortem.objects.filter(external_id="inc-2041").exists()


def test_what_is_left_out_is_said_with_its_line_and_the_rest_comes(tmp_path: Path) -> None:
    said = run(
        lines(
            tmp_path,
            "{not json",
            {"title": "No id", "body": "x"},
            {"id": "a", "body": "x"},
            {"id": "b", "title": "No body"},
            ["no object"],
            PIECE,
            {**PIECE, "title": "Again"},
            {"id": "c", "title": "T" * 300, "body": "zero \x00 byte", "date": "yesterday"},
        )
    )

    for where, why in (
        (1, "it is not JSON"),
        (2, "it has no `id`"),
        (3, "it has no `title`"),
        (4, "it has no text as its `body`"),
        (5, "it is no JSON object"),
        (7, "its id “inc-2041” stands at reviews.jsonl, line 6 already"),
        (8, "its date “yesterday” is none"),
    ):
        assert f"reviews.jsonl, line {where}: {why}" in said
    assert "2 were added" in said
    assert "6 were left out" in said


def test_markdown_with_front_matter_and_html_of_a_wiki(tmp_path: Path, actor: ActorNamed) -> None:
    (tmp_path / "2025").mkdir()
    (tmp_path / "2025" / "chiller.md").write_text(
        "---\ntitle: Chiller iced over\ndate: 2025-01-04\ntags: [cooling]\n---\n# Chiller iced over\n\n"
        "## What went well\nThe spare.\n\n```\n# Summary\nE_CHILLER_42\n```\n"
    )
    (tmp_path / "glycol.html").write_text(
        "<html><head><title>Ops : Glycol ran out</title><meta name='ajs-page-id' content='9917'></head><body>"
        "<nav>Breadcrumbs</nav><div id='main-content'><h1>Glycol ran out</h1><h2>Impact</h2>"
        "<p onclick='steal()'>Nine racks <b>hot</b>.<script>alert(1)</script><img src='https://evil.example/x'></p>"
        "<table><tr><th>Rack</th><th>Degrees</th></tr><tr><td>R1</td><td>51</td></tr></table></div></body></html>"
    )
    run(tmp_path)

    chiller, glycol = imported("2025/chiller"), imported("9917")
    assert chiller.title == "Chiller iced over"
    assert chiller.went_well == "The spare.\n\n```\n# Summary\nE_CHILLER_42\n```"
    assert chiller.occurred_at.date().isoformat() == "2025-01-04"
    assert glycol.title == "Glycol ran out"
    assert glycol.impact.startswith("Nine racks **hot**.")
    assert "| R1 | 51 |" in glycol.impact
    for unwanted in ("alert(1)", "steal", "evil.example", "Breadcrumbs"):
        assert unwanted not in glycol.impact + glycol.summary
    assert [hit.record.pk for hit in search(actor("observer.payments"), "E_CHILLER_42").hits] == [chiller.pk]


def outside(tmp_path: Path) -> Path:
    """A folder to import, beside one that is nobody's business."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "board.md").write_text("# Board minutes\n\nNobody is to read this.")
    folder = tmp_path / "wiki"
    folder.mkdir()
    (folder / "chiller.md").write_text("# Chiller iced over\n\nIt did.")
    return folder


@pytest.mark.parametrize("words", [(), ("--dry-run",)], ids=["for real", "dry run"])
def test_files_of_other_kinds_and_links_are_reported_and_never_followed(tmp_path: Path, words: tuple[str]) -> None:
    folder = outside(tmp_path)
    (folder / "pictures").mkdir()
    for name in ("notes.docx", "pictures/rack.png", "Makefile", ".DS_Store"):
        (folder / name).write_bytes(b"\x00")
    for number in range(25):
        (folder / "pictures" / f"z{number:02}.jpg").touch()
    (folder / "board.md").symlink_to(tmp_path / "secret" / "board.md")
    (folder / "all").symlink_to(tmp_path / "secret", target_is_directory=True)
    (folder / "again.md").symlink_to("chiller.md")
    (folder / "gone.md").symlink_to("nowhere.md")
    (folder / "round").symlink_to(folder, target_is_directory=True)
    os.mkfifo(folder / "pipe.md")

    said = run(folder, *words)

    for name in ("notes.docx", "pictures/rack.png", "Makefile", ".DS_Store"):
        assert f"{name}: it is of no kind that can be imported: .htm, .html, .jsonl" in said
    assert "pictures: 6 more of its files are of no kind that can be imported." in said
    assert "board.md: it is a link that leads out of the folder, and is not followed." in said
    assert "all: it is a link that leads out of the folder, and is not followed." in said
    assert "again.md: it is a link to chiller.md, and is not followed." in said
    assert "gone.md: it is a link that leads nowhere." in said
    assert "round: it is a link to ., and is not followed." in said
    assert "pipe.md: it is no file with a text" in said
    assert "1 would be added" in said if words else "1 were added" in said
    with seeding():
        assert not Postmortem.objects.filter(title="Board minutes").exists()
        assert Postmortem.objects.filter(title="Chiller iced over").count() == (0 if words else 1)


def test_the_folder_itself_may_be_a_link_and_one_of_other_kinds_alone_is_no_import(tmp_path: Path) -> None:
    folder = outside(tmp_path)
    (tmp_path / "link").symlink_to(folder, target_is_directory=True)
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "a\x1b[2J.pdf").touch()
    out = io.StringIO()

    assert "1 were added" in run(tmp_path / "link")
    with pytest.raises(CommandError, match=r"Nothing could be imported\."):
        call_command("import_postmortems", str(tmp_path / "others"), "--unit", "payments", stdout=out)
    assert "a\ufffd[2J.pdf: it is of no kind that can be imported" in out.getvalue()
    assert "0 were added" in out.getvalue()


@pytest.mark.parametrize("words", [(), ("--dry-run",)], ids=["for real", "dry run"])
def test_keys_that_nothing_is_known_of_are_reported(tmp_path: Path, words: tuple[str]) -> None:
    (tmp_path / "chiller.md").write_text(
        "---\ntitle: Chiller\nseverity: high\n7: seven\nbody: unseen\nowner:\nservice: [a, b]\n"
        "tags: {a: b}\ncauses: [hardware-fault, {name: x}]\n---\nIt iced over.\n"
    )
    (tmp_path / "typo.md").write_text("---\ntitel: Glycol\n---\nIt ran out.\n")
    lines(tmp_path, {**PIECE, "author": "Mara"}, {**PIECE, "id": "b", "author": "Luca", "\ud800": 1, "links": []})

    said = run(tmp_path, *words)

    assert "chiller.md: its `severity`, `7`, `body`, `owner` are not imported: the hub has no place for them." in said
    assert "chiller.md: its `service` is no name; it came without one." in said
    assert "chiller.md: its `tags` are no list of names; what is none was left out." in said
    assert "chiller.md: its `causes` are no list of names; what is none was left out." in said
    assert "typo.md: its `titel` is not imported: the hub has no place for it." in said
    assert "reviews.jsonl, line 1: its `author` is not imported" in said
    assert "reviews.jsonl, line 2: its `?`, `links` are not imported" in said
    assert "4 would be added" in said if words else "4 were added" in said
    assert "0 were left out" in said or "0 would be left out" in said


@pytest.mark.parametrize("words", [(), ("--dry-run",)], ids=["for real", "dry run"])
def test_a_repeated_key_is_never_lost_without_a_word(tmp_path: Path, words: tuple[str]) -> None:
    (tmp_path / "chiller.md").write_text(
        "---\ntitle: Chiller\ntags: [ice, cold]\nservice: Wallet\ntitle: Chiller failed\ntags: winter, ice\n"
        "cause: hardware-fault\ncause: vendor-failure\nservice: Wallet\n---\nIt iced over.\n"
    )
    (tmp_path / "two.md").write_text("---\nid: a\nid: b\n---\nWhich one?\n")
    (tmp_path / "reviews.jsonl").write_text(
        '{"id": "c", "title": "Glycol", "title": "Glycol ran out", "body": "Dry.", "tags": ["x"], "tags": ["y"]}\n'
        '{"id": 1, "id": 2, "title": "Pump", "body": "Sand."}\n'
    )

    (tmp_path / "valve.html").write_text(
        "<html><head><meta name=keywords content=rust><meta name=keywords content='steam, rust'>\n"
        "<meta name=date content=2025-01-01>\n<meta name=date content=2025-01-02></head>"
        "<body><h1>Valve stuck</h1><p>Rust.</p></body></html>"
    )

    said = run(tmp_path, *words)

    assert "valve.html: its `date` stands there 2 times, on the lines 2 and 3; the last one was taken." in said
    assert "chiller.md: its `title` stands there 2 times, on the lines 2 and 5; the last one was taken." in said
    assert "`service`" not in said  # says the same both times
    assert "two.md: its `id` stands there 2 times, on the lines 2 and 3, and it cannot be known which is meant." in said
    assert "reviews.jsonl, line 1: its `title` stands there 2 times; the last one was taken." in said
    assert "reviews.jsonl, line 2: its `id` stands there 2 times, and it cannot be known which is meant." in said
    assert "2 would be left out" in said if words else "2 were left out" in said
    if not words:
        chiller = imported("chiller")
        assert (chiller.title, chiller.tags) == ("Chiller failed", ["ice", "cold", "winter"])
        assert chiller.cause
        assert chiller.cause.key == "hardware-fault"
        assert imported("valve").tags == ["rust", "steam"]
        assert (imported("c").title, imported("c").tags) == ("Glycol ran out", ["x", "y"])


@pytest.mark.parametrize("words", [(), ("--dry-run",)], ids=["for real", "dry run"])
def test_what_stands_beside_a_page_is_reported_with_its_line(tmp_path: Path, words: tuple[str]) -> None:
    (tmp_path / "two.html").write_text(
        "<html><body><main>\n<article><h1>Glycol ran out</h1><p>Nine racks hot.<img src=a><img src=b>"
        "<article class=comment>I was there.</article></p></article>\n\n"
        "<article><h1>Pump jammed</h1><p>Sand.</p><article>Yes, sand.</article></article>\n"
        "</main></body></html>\n<html><body><p>A whole page more</p></body></html>"
    )
    (tmp_path / "main.html").write_text(
        "<body><div id='main-content'><h1>Valve stuck</h1><p>Rust.</p></div>\n<article>Another</article></body>"
    )

    said = run(tmp_path, *words)

    assert "two.html, line 4: another article begins here; one file is one review, the first." in said
    assert "two.html, line 6: another article begins here" in said
    assert said.count("two.html, line") == 2
    assert "two.html: its pictures and other media, 2 in all, are not imported." in said
    assert "main.html, line 2: another article begins here" in said
    assert "3 would be left out" in said if words else "3 were left out" in said
    if not words:
        glycol = imported("two")
        assert "Nine racks hot." in glycol.summary
        assert "I was there." in glycol.summary
        assert "sand" not in glycol.summary.casefold()


@pytest.mark.parametrize(
    ("name", "unit", "said"),
    [
        ("missing.jsonl", "payments", "There is no file or folder"),
        ("notes.txt", "payments", "is of no kind that can be imported"),
        ("empty", "payments", "is nothing that can be imported"),
        ("reviews.jsonl", "nowhere", "There is no such business unit"),
        ("bad.jsonl", "payments", "Nothing could be imported"),
    ],
)
def test_what_cannot_be_imported_is_one_sentence(tmp_path: Path, name: str, unit: str, said: str) -> None:
    lines(tmp_path, PIECE)
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "bad.jsonl").write_text("{}")
    (tmp_path / "empty").mkdir()

    with pytest.raises(CommandError, match=said):
        run(tmp_path / name, unit=unit)


def test_the_page_of_an_imported_review_reads_well(tmp_path: Path, client: Any, person: Callable[[str], Any]) -> None:
    run(lines(tmp_path, PIECE))
    client.force_login(person("observer.payments"))

    page = client.get(f"/postmortems/{imported('inc-2041').pk}").content.decode()

    assert "Gearbox of the turnstile seized" in page
    assert f"PAY-R{imported('inc-2041').pk}" in page
    assert client.get("/postmortems/?view=published").status_code == 200
