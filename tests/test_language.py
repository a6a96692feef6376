"""One catalogue of words, and the three ways in which a terminal is spoken to."""

import copy
import gettext
import io
import json
import pickle
import re

import pytest

from doisoat import cli
from doisoat.errors import DoisoatError, StoreError, printable, without_numbers
from doisoat.messages import catalogue, language
from doisoat.messages.compile_po import compiled_po, entries_of
from doisoat.messages.text import (
    Text,
    composed,
    counted_message,
    in_each,
    joined,
    mapped,
    message,
)
from tests import messages

LOCALE = (*language.LOCALE, language.VARIABLE)
VIETNAMESE = messages.LETTERS


@pytest.fixture
def environment(monkeypatch):
    """Sets what says a language, and nothing else does; no catalogue stays chosen afterwards."""

    def stated(**variables):
        for name in LOCALE:
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    before = language.TERMINAL.language
    yield stated
    language.TERMINAL.language = before


# --- The catalogue -------------------------------------------------------------------------------


def test_code_and_catalogue_fit(capsys):
    assert messages.main([]) == 0, capsys.readouterr().out


def test_what_does_not_fit_is_named(tmp_path, monkeypatch):
    path = tmp_path / "vi.po"
    head = messages.HEADER.format(language="vi", plurals="nplurals=1; plural=0")
    path.write_text(
        head
        + 'msgid "gone"\nmsgstr "mất"\n\nmsgid "see {page}"\nmsgstr "xem {trang}"\n\n'
        + 'msgid "new"\nmsgstr ""\n',
        "utf-8",
    )
    (tmp_path / "vi.mo").write_bytes(b"stale")
    uses = [
        messages.Use(None, key, None, frozenset(fields), "file.py:1")
        for key, fields in (("see {page}", {"page"}), ("new", ()), ("not there", ()))
    ]
    faults = "\n".join(messages.faults_of(path, uses))
    for part in ("no entry: 'not there'", "without a use: 'gone'", "not translated: 'new'",
                 "fields differ", "vi.mo is not of vi.po"):  # fmt: skip
        assert part in faults
    assert len(faults.splitlines()) == 5
    (fault,) = messages.faults_of_uses([uses[0]._replace(fields=frozenset({"file"}))])
    assert "fields given ['file'], in the text ['page']" in fault
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    page = tmp_path / "page.js"
    page.write_text('t("Day"); // ngày: kỳ\nt("{n} rows", { m });\n', "utf-8")
    day, rows, vietnamese = messages.uses_in_page(page)
    assert isinstance(day, messages.Use) and isinstance(rows, messages.Use)
    assert day.key == "Day" and "page.js:1: Vietnamese" in str(vietnamese)
    assert len(list(messages.faults_of_uses([day, rows]))) == 1
    page.write_text("t(key)", "utf-8")
    assert "not a literal" in next(iter(messages.uses_in_page(page)))
    source = tmp_path / "glued.py"
    source.write_text('X = f"kỳ {1} | period {1}"\nY = "kho | home"\nZ: "int | None" = None\n')
    assert [fault.split(": ")[0] for fault in messages.literals_of_two(source)] == [
        "glued.py:1", "glued.py:2",
    ]  # fmt: skip


def test_a_text_that_stands_in_two_languages_is_a_fault(tmp_path, monkeypatch):
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    source = tmp_path / "paired.py"
    source.write_text(
        '"""Số dòng: a docstring."""\n'
        'A = Text("rows", f"{n} of it")  # hàng\n'
        'B = part(title="Bang", title_en="Table"), part(title=name, title_en="Table")\n'
        'C = {"vi": f"{n} ky", "en": f"{n} months"}, {"vi": a, "en": b}\n'
        'D = Text("đ", "đồng"), Text(f"{a}: {n}", f"{b}: {n}"), message("{n} đ a day")\n'
    )
    assert [fault.split(": ")[0] for fault in messages.pairs_in(source)] == [
        "paired.py:2", "paired.py:3", "paired.py:4",
    ]  # fmt: skip
    assert list(messages.vietnamese_in(source)) == []
    for text, fault in (
        ("X = 'kỳ'\n", "paired.py:1"), ("def f(n):\n    return rf'{n}\\d kỳ'\n", "paired.py:2"),
        ("cdef str X = f'{n} đồng, tháng'\n", "paired.py:1"),
        ("X = (\n    'vnđ')\n", "paired.py:2"),
    ):  # fmt: skip
        for name in ("paired.py", "paired.pyx"):
            (tmp_path / name).write_text(text)
            (found,) = messages.vietnamese_in(tmp_path / name)
            assert found.startswith(fault.replace("paired.py", name) + ": Vietnamese")
    monkeypatch.setattr(messages, "OWN_WORDS", {"paired.py": {"kỳ", "gone"}})
    source.write_text("X = 'kỳ', 'tháng'\n")
    tail = [fault.rpartition(": ")[2] for fault in messages.vietnamese_in(source)]
    assert tail == ["'tháng'", "OWN_WORDS has 'gone', which is not there"]


def test_texts_of_a_template_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    template = tmp_path / "paper.typ"
    template.write_text(
        '// tháng: a comment\n#t("a \\"day\\"\\n") #set text(8pt)\n'
        '#filled("{n} rows", of: "a paper", n: 3) #next-t("no") #t(\n  "kỳ",\n  "period",\n)\n'
    )
    one, two, three, line = messages.uses_in_template(template)
    assert isinstance(one, messages.Use) and isinstance(two, messages.Use)
    assert isinstance(line, str)
    assert one.entry == (None, 'a "day"\n') and two.entry == ("a paper", "{n} rows")
    assert three == "paper.typ:3: one text in two languages: kỳ"
    assert line.startswith("paper.typ:4: Vietnamese")


def test_messages_of_a_cython_module_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    source = tmp_path / "walker.pyx"
    source.write_text(
        "cdef int n = 3\nFAULTS = (\n    message('no \"(\" in {at}',\n            at=n),"
        " message_in('a file', 'sound'),\n)\ncpdef f(): return other.message('x'), message(key)\n"
    )
    one, two, three = messages.uses_in_cython(source)
    assert isinstance(one, messages.Use) and isinstance(two, messages.Use)
    assert isinstance(three, str)
    assert (one.key, one.fields, one.where) == ('no "(" in {at}', frozenset({"at"}), "walker.pyx:3")
    assert two.entry == ("a file", "sound") and "not a literal" in three


def test_the_compiler_makes_what_gettext_reads():
    content = (
        b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        b'"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
        b'#, fuzzy\nmsgid "guess"\nmsgstr "\xc4\x91o\xc3\xa1n"\n\n'
        b'msgctxt "menu"\nmsgid "open"\nmsgstr "m\xe1\xbb\x9f"\n\n'
        b'msgid "a \\"line\\"\\n"\n"and more"\nmsgstr "hai"\n" d\xc3\xb2ng"\n\n'
        b'msgid "{count} file"\nmsgid_plural "{count} files"\nmsgstr[0] "{count} t\xe1\xbb\x87p"\n'
        b'\n#~ msgid "old"\n#~ msgstr "c\xc5\xa9"\n'
    )
    made = gettext.GNUTranslations(io.BytesIO(compiled_po(content)))
    assert made.gettext("guess") == "guess" and made.gettext("old") == "old"
    assert made.pgettext("menu", "open") == "mở" and made.gettext("open") == "open"
    assert made.gettext('a "line"\nand more') == "hai dòng"
    assert made.ngettext("{count} file", "{count} files", 2) == "{count} tệp"
    assert len(entries_of(content)) == 4


@pytest.mark.parametrize("wrong", ["nonsense", 'msgid "a', 'msgid "a"\nmsgid "b"'])
def test_what_is_no_catalogue_is_refused_with_its_line(wrong):
    with pytest.raises((ValueError, SyntaxError)):
        entries_of(f'{wrong}\nmsgstr "b"\n'.encode())


def test_a_message_is_there_once():
    with pytest.raises(ValueError, match="twice"):
        entries_of(b'msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"\n')


def test_a_catalogue_that_changed_is_compiled_before_a_word_is_said(tmp_path, monkeypatch):
    head = messages.HEADER.format(language="vi", plurals="nplurals=1; plural=0")
    source = tmp_path / "vi.po"
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)

    def said():
        catalogue.translation.cache_clear()
        return catalogue.translation("vi").gettext("period")

    try:
        for word in ("kỳ", "tháng"):
            source.write_text(f'{head}msgid "period"\nmsgstr "{word}"\n', "utf-8")
            assert said() == word
            assert (tmp_path / "vi.mo").read_bytes() == compiled_po(source.read_bytes())
        source.unlink()
        assert said() == "tháng"  # as where it is installed
    finally:
        catalogue.translation.cache_clear()


def test_a_third_language_is_one_more_file(tmp_path, monkeypatch):
    for name in ("vi", "fr"):
        head = messages.HEADER.format(language=name, plurals="nplurals=1; plural=0")
        word = {"vi": "mất bộ nhớ", "fr": "mémoire épuisée"}[name]
        text = f'{head}msgid "out of memory"\nmsgstr "{word}"\n'
        (tmp_path / f"{name}.po").write_text(text, "utf-8")
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    for cached in (catalogue.translation, catalogue.languages):
        cached.cache_clear()
    try:
        text = message("out of memory")
        assert text.texts == ("mất bộ nhớ", "out of memory", "mémoire épuisée")
        assert str(text) == "mất bộ nhớ | out of memory" and "fr" in language.choices()
        terminal = language.Terminal()
        terminal.begin(["settle", "--lang=fr"])
        assert terminal.spoken("! " + text) == "! mémoire épuisée"
    finally:
        for cached in (catalogue.translation, catalogue.languages):
            cached.cache_clear()


# --- Texts ---------------------------------------------------------------------------------------


def test_a_text_is_what_evidence_holds_and_keeps_its_languages():
    text = message("no event of {period} is in this home", period="2021-08")
    assert text == "kho không có sự kiện của 2021-08 | no event of 2021-08 is in this home"
    assert json.loads(json.dumps({"text": text})) == {"text": str(text)}
    for other in (pickle.loads(pickle.dumps(text)), copy.deepcopy(text)):
        assert other == text and other.texts == text.texts
    error = pickle.loads(pickle.dumps(StoreError(text, "here", message("give a shorter path"))))
    assert error.what.vi == "kho không có sự kiện của 2021-08" and error.mend.en
    with pytest.raises(TypeError, match="languages"):
        list(text)


def test_texts_are_put_together_in_each_language():
    vi_en = Text("mở", "open")
    assert ("2 " + vi_en + "\t!").texts == ("2 mở\t!", "2 open\t!")
    assert "2 " + vi_en + "\t!" == "2 mở | open\t!"
    assert (vi_en + vi_en).pair == ("mởmở", "openopen")
    assert joined(", ", ["a", vi_en]).pair == ("a, mở", "a, open")
    assert composed("{:>6}|{}", vi_en, 3).pair == ("    mở|3", "  open|3")
    assert in_each(lambda of: of(vi_en).upper() + of("x")).pair == ("MỞx", "OPENx")
    assert vi_en.mapped(str.upper).pair == ("MỞ", "OPEN") and mapped("a", str.upper) == "A"
    inner = message("{fault} (and {more} more)", fault=vi_en, more=2)
    assert inner.pair == ("mở (và 2 chỗ nữa)", "open (and 2 more)")


def test_one_and_many_differ_where_a_language_says_so():
    one, many = (
        counted_message("Taking in {count} file", "Taking in {count} files", count=count)
        for count in (1, 2)
    )
    assert one.pair == ("Đang nhận 1 tệp", "Taking in 1 file") and many.en.endswith("2 files")


def test_what_masks_a_text_masks_it_in_each_language():
    text = without_numbers(Text("số 0912345678", "number 0912345678"))
    assert isinstance(text, Text) and not re.search("345678", "".join(text.texts) + text)
    shown = printable(Text("a\x1b", "b\x1b"))
    assert isinstance(shown, Text) and shown.pair == ("a\\x1b", "b\\x1b")


# --- The terminal --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "chosen"),
    [
        ({"LANG": "vi_VN.UTF-8"}, "vi"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({}, "en"),
        ({"LANG": "vi_VN", "LC_MESSAGES": "C"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "vi"}, "vi"),
        ({"LC_ALL": "vi_VN.UTF-8", "LC_MESSAGES": "C", "LANG": "C"}, "vi"),
        ({"LC_ALL": "", "LANG": "vi_VN.UTF-8"}, "vi"),
        ({"LANG": "C", "DOISOAT_LANG": "vi"}, "vi"),
        ({"LANG": "vi_VN", "DOISOAT_LANG": "both"}, "both"),
    ],
)
def test_the_locale_says_it_unless_somebody_does(environment, variables, chosen):
    environment(**variables)
    language.TERMINAL.begin(["settle"])
    assert language.TERMINAL.language == chosen
    for way in (["--lang", "vi"], ["settle", "--lang=vi"]):
        language.TERMINAL.begin(way)
        assert language.TERMINAL.language == "vi"
    language.TERMINAL.begin(["settle", "--", "--lang", "vi"])
    assert language.TERMINAL.language == chosen


def refused(capsys, *args):
    assert cli.run(["status", "--home", "nowhere", *args]) == StoreError.exit_code
    return capsys.readouterr()


def test_an_error_is_told_in_the_language_of_the_terminal(
    environment, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    environment(LANG="vi_VN.UTF-8")
    told = refused(capsys).err
    assert told.startswith("Lỗi: nowhere") and "Cách sửa: " in told and "To mend" not in told
    environment(LANG="C.UTF-8")
    told = refused(capsys).err
    assert told.startswith("Error: nowhere") and not VIETNAMESE.search(told)
    assert refused(capsys, "--lang", "vi").err.startswith("Lỗi: ")
    both = refused(capsys, "--lang", "both").err
    assert both.startswith("Lỗi: ") and "\nError: " in both
    (tmp_path / "doisoat.toml").write_text('lang = "vi"\n')
    assert refused(capsys).err.startswith("Lỗi: ")
    assert refused(capsys, "--lang", "en").err.startswith("Error: ")


def test_json_is_the_same_in_every_language(environment, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    objects = []
    for name in ("vi", "en", "both"):
        environment(DOISOAT_LANG=name)
        objects.append(refused(capsys, "--json").out)
    assert len(set(objects)) == 1 and " | " in json.loads(objects[0])["error"]["what"]


def test_wrong_usage_is_told_so_too(environment, capsys):
    environment(LANG="vi_VN.UTF-8")
    assert cli.run(["setle"]) == 2
    assert "Ý bạn là `doisoat settle`?" in (told := capsys.readouterr().err)
    assert "Did you mean" not in told
    environment(LANG="C")
    assert cli.run(["period", "list", "--home", "a\\b"]) == 2
    told = capsys.readouterr().err
    assert "choose a path of UTF-8" in told and not VIETNAMESE.search(told)


@pytest.mark.parametrize("way", [["--lang", "xx", "status"], ["status", "--lang", "xx"]])
def test_a_language_that_nobody_wrote_is_wrong_usage(environment, capsys, way):
    environment(LANG="C")
    assert cli.run(way) == 2
    assert "'xx' is not one of" in capsys.readouterr().err


def test_a_setting_that_is_no_language_is_refused(environment, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    environment(LANG="C")
    (tmp_path / "doisoat.toml").write_text('lang = "xx"\n')
    assert cli.run(["status"]) == 4
    assert "vi, en, both" in capsys.readouterr().err


def test_an_error_outside_a_terminal_is_in_both():
    text = str(DoisoatError(message("out of memory"), "x", message("give a shorter path")))
    assert text == (
        "x: hết bộ nhớ | out of memory.\n  To mend: đưa đường dẫn ngắn hơn | give a shorter path."
    )
