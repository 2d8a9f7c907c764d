"""`manage.py import_postmortems` with what wikis, documents and blogs export, as they write it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from django.core.management import CommandError

from hub.lib.identity import Actor
from knowledge.postmortems.models import Postmortem
from knowledge.postmortems.prose import render
from knowledge.search.access import search
from tests.conftest import seeding
from tests.knowledge.postmortems.test_importing import imported, lines, run

pytestmark = pytest.mark.django_db

CONFLUENCE: Final = """<!DOCTYPE html>
<html><head><title>OPS : Cards refused : 4 March</title>
<META http-equiv="Content-Type" content="text/html; charset=UTF-8"></head>
<body class="theme-default aui-theme-default"><div id="page"><div id="main" class="aui-page-panel">
<div id="main-header"><div id="breadcrumb-section"><ol id="breadcrumbs"><li>Operations</li></ol></div>
<h1 id="title-heading" class="pagetitle"><span id="title-text"> OPS : Cards refused : 4 March </span></h1></div>
<div id="content" class="view"><div class="page-metadata">
  Created by <span class='author'> Ada</span>, last modified by <span class='editor'> Bob</span> on Mar 04, 2025</div>
<div id="main-content" class="wiki-content group">
<div class="toc-macro"><ul class="toc-indentation"><li><a href="#x">Contents</a></li></ul></div>
<h2 id="x">Summary</h2><p>The gateway <strong>refused</strong> all
<img class="emoticon emoticon-cross" src="images/error.svg" alt="(error)"/> cards.
<a href="/display/~ada">Ada Smith</a></p>
<div class="confluence-information-macro confluence-information-macro-warning"><p class="title">Do not restart</p>
<span class="aui-icon confluence-information-macro-icon">icon</span>
<div class="confluence-information-macro-body"><p>It loses the queue.</p></div></div>
<div class="table-wrap"><table class="confluenceTable"><tbody>
<tr><th class="confluenceTh">Time</th><th class="confluenceTh">What</th></tr>
<tr><td class="confluenceTd">09:12</td><td class="confluenceTd"><p>ps | grep flux</p></td></tr></tbody></table></div>
<div class="code panel pdl"><div class="codeHeader panelHeader"><b>gateway.log</b></div>
<div class="codeContent panelContent"><pre class="syntaxhighlighter-pre">ERR_FLUX_42: no &lt;card&gt;
  at Pool.take(Pool.java:91)</pre></div></div>
<h2>Root Cause</h2><p>Pool too small <span class="status-macro aui-lozenge">DONE</span></p>
<ul class="inline-task-list"><li class="checked"><span>Raise it <time datetime="2025-03-10">10 Mar</time></span></li>
<li><span>Watch it</span></li></ul>
<p onclick="steal()"><a href="java&#10;script:alert(1)">here</a><script>alert(2)</script>
<img src=x onerror=alert(3)></p>
</div><div class="pageSection group"><h2 id="attachments">Attachments:</h2><a href="attachments/1.png">1.png</a></div>
</div></div></div></body></html>"""
SPACE: Final = """<html><head><title>OPS (Operations)</title></head><body><div id="main-header"><h1 id="title-heading">
<span id="title-text">Space Details:</span></h1></div><div id="main-content">Cards refused</div></body>"""
GOOGLE: Final = """<html><head><meta content="text/html; charset=UTF-8" http-equiv="content-type"></head>
<body class="c5 doc-content"><p class="c0 title" id="h.a"><span>Search returned nothing</span></p>
<h1 class="c3" id="h.1"><span>Summary</span></h1><p><span>The index was empty. See </span><a class="c7"
href="https://www.google.com/url?q=https://status.example.com/42?a%3Db&amp;sa=D&amp;usg=x">status</a>
<sup><a href="#cmnt1" id="cmnt_ref1">[a]</a></sup></p><h1><span>Root causes</span></h1>
<ul class="lst-kix_1"><li><span>The alias moved too early</span></li></ul>
<div class="c11"><p><a href="#cmnt_ref1" id="cmnt1">[a]</a><span>Is this right?</span></p></div></body></html>"""
STORAGE: Final = """<ac:structured-macro ac:name="toc" ac:schema-version="1" /><h2>Summary</h2>
<p>Pool <strong>dry</strong> <ac:emoticon ac:name="cross" /> <ac:link><ri:page ri:content-title="Pools" /></ac:link>
<ac:structured-macro ac:name="status"><ac:parameter ac:name="title">DONE</ac:parameter></ac:structured-macro>
<time datetime="2025-03-04" /> <a href="/display/OPS">here</a></p>
<ac:structured-macro ac:name="warning"><ac:parameter ac:name="title">Careful</ac:parameter><ac:rich-text-body>
<p>It loses the queue.</p><ac:structured-macro ac:name="code"><ac:parameter ac:name="language">bash</ac:parameter>
<ac:plain-text-body><![CDATA[ps | grep ERR_POOL_43
x < y && <script>]]></ac:plain-text-body></ac:structured-macro></ac:rich-text-body></ac:structured-macro>
<ac:task-list><ac:task><ac:task-id>1</ac:task-id><ac:task-status>complete</ac:task-status><ac:task-body>Raise it
</ac:task-body></ac:task></ac:task-list><ac:image><ri:attachment ri:filename="a.png" /></ac:image>"""
NOTION: Final = """# Queue backlog on 5 May

Date: May 5, 2025 9:30 AM
Severity: SEV2
Tags: queue, kafka

<aside>
💡 The consumer slept.

</aside>

## What happened

![Untitled](Queue%20backlog/Untitled.png)
"""
HUGO: Final = """+++
title = "The TTL was a week"
date = 2025-03-04T09:00:00+01:00
draft = false
[taxonomies]
tags = ["dns"]
[extra]
toc = true
+++
{{< highlight go >}}
resolver.TTL = 604800
{{< /highlight >}}
"""
JEKYLL: Final = "---\ntitle: 'Christmas Eve: everything froze'\n---\n{% highlight bash %}\nuptime\n{% endhighlight %}\n"


def test_exports_come_in_as_they_were_meant(tmp_path: Path, actor: Callable[[str], Actor]) -> None:
    for name, text in (
        ("conf/Cards_98765.html", CONFLUENCE),
        ("conf/index.html", SPACE),
        ("docs.html", GOOGLE),
        ("Queue backlog 1f2e3d4c5b6a79880123456789abcdef.md", NOTION),
        ("hugo.md", HUGO),
        ("_posts/2024-12-24-froze.md", JEKYLL),
        ("draft.md", "---\ndraft: true\n---\nNot yet."),
        ("bad.md", "+++\ntitle = \n+++\nText"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    lines(tmp_path, {"id": "api", "title": "Over the API", "body": STORAGE, "date": "2025-03-04"})
    (tmp_path / "latin.html").write_bytes(
        b"<meta charset='iso-8859-1'><title>K\xfchlung</title><p>Die K\xfchlung fiel aus."
    )
    (tmp_path / "odd.html").write_bytes(b"<meta charset='klingon'><p>x")
    (tmp_path / "latin.md").write_bytes(b"# K\xfchlung\n\nfiel aus")
    (tmp_path / "notepad.md").write_bytes("# Written in Notepad\r\n\r\nü".encode("utf-16"))
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("../../escape.md", "# Escaped")

    said = run(tmp_path)

    for sentence in (
        "conf/index.html: it lists the pages of a space, and is no review.",
        "conf/Cards_98765.html: its pictures and other media, 1 in all, are not imported.",
        "docs.html: its comments, 1 in all, are not imported.",
        "abcdef.md: its pictures and other media, 1 in all, are not imported.",
        "hugo.md: its `extra` is not imported: the hub has no place for it.",
        "draft.md: its front matter says that it is not published.",
        "bad.md: its front matter is not TOML (",
        "odd.html: it says that it is in klingon, which is no encoding that is known.",
        "latin.md: it is not in UTF-8.",
        "all.zip: it is an archive; unpack it and import the folder.",
    ):
        assert sentence in said
    assert "8 were added" in said
    assert "6 were left out" in said
    assert "8 had not changed" in run(tmp_path)

    cards = imported("conf/Cards_98765")
    assert (cards.title, cards.occurred_at.date().isoformat()) == ("Cards refused : 4 March", "2025-03-04")
    assert "The gateway **refused** all\n(error) cards.\nAda Smith" in cards.summary
    assert "> **Do not restart**\n>\n> It loses the queue." in cards.summary
    assert "```\nERR_FLUX_42: no <card>\n  at Pool.take(Pool.java:91)\n```" in cards.summary
    assert "<td>ps | grep flux</td>" in render(cards.summary)
    assert "- [x] Raise it 10 Mar\n- [ ] Watch it" in cards.root_cause
    for unwanted in ("alert", "steal", "javascript", "Contents", "icon", "Attachments", "Operations"):
        assert unwanted not in cards.summary + cards.root_cause
    assert search(actor("observer.payments"), "ERR_FLUX_42").hits[0].record.pk == cards.pk

    kept = imported("api").summary
    assert kept.startswith("Pool **dry** (cross) Pools\nDONE\n2025-03-04 here\n\n> **Careful**")
    assert "> It loses the queue.\n>\n> ```\n> ps | grep ERR_POOL_43\n> x < y && <script>\n> ```" in kept
    assert kept.endswith("- [x] Raise it")

    docs = imported("docs")
    assert (docs.title, docs.summary) == (
        "Search returned nothing",
        "The index was empty. See [status](https://status.example.com/42?a=b)",
    )
    assert docs.root_cause == "- The alias moved too early"
    backlog = imported("Queue backlog 1f2e3d4c5b6a79880123456789abcdef")
    assert (backlog.title, backlog.tags) == ("Queue backlog on 5 May", ["queue", "kafka"])
    assert backlog.occurred_at.isoformat() == "2025-05-05T09:30:00+00:00"
    assert "Severity: SEV2" in backlog.summary
    assert "\n> 💡 The consumer slept.\n" in backlog.summary
    hugo, froze = imported("hugo"), imported("_posts/2024-12-24-froze")
    assert (hugo.title, hugo.tags, hugo.occurred_at.hour) == ("The TTL was a week", ["dns"], 8)
    assert hugo.summary == "```go\nresolver.TTL = 604800\n```"
    assert froze.summary == "```bash\nuptime\n```"
    assert froze.occurred_at.date().isoformat() == "2024-12-24"
    assert imported("latin").summary == "Die Kühlung fiel aus."
    assert imported("notepad").title == "Written in Notepad"

    with pytest.raises(CommandError, match=r"all\.zip is an archive; unpack it and import the folder\."):
        run(tmp_path / "all.zip")


def test_dates_are_read_in_many_ways_and_never_guessed(tmp_path: Path) -> None:
    the_fourth: list[Any] = [
        *("2025-03-04", "2025-03-04T09:00Z", "2025-03-04 10:00:00 UTC", "2025/3/4", "04.03.2025", "20250304"),
        *("March 4, 2025", "Tuesday, Mar 4th, 2025 at 3:05 PM", "4 March 2025", "Tue, 04 Mar 2025 23:00:00 -0030"),
        *(1741078800, 1741078800.5, 1741078800000),
    ]
    none: list[Any] = [
        *("03/04/2025", "31.02.2025", "Mar 4, 2025 13:00 PM", "9999-12-31T23:59:59-05:00", "soon", {"start": 1}),
        *(2025, 20250304, True, 1e308),
    ]

    said = run(
        lines(
            tmp_path,
            *(
                json.dumps({"id": number, "title": "Dated", "body": "x", "date": each})
                for number, each in enumerate([*the_fourth, *none, "2025-03", "March 2025"])
            ),
        )
    )

    for number, each in enumerate(none, start=len(the_fourth) + 1):
        assert f"line {number}: its " in said, each
    assert said.count("write it as 2026-03-01.") == len(none)
    assert "its date “03/04/2025” is none, or can be read in two ways; write it as 2026-03-01." in said
    with seeding():
        dated = dict(Postmortem.objects.filter(title="Dated").values_list("external_id", "occurred_at"))
    days = [dated[str(number)].date().isoformat() for number in range(len(the_fourth) + len(none) + 2)]
    assert set(days[: len(the_fourth)]) == {"2025-03-04"}
    assert days[-2:] == ["2025-03-01", "2025-03-01"]
    assert not {"2025-03-04", "2025-04-03"} & {*days[len(the_fourth) : -2]}
