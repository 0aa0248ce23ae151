"""Words of any alphabet in letters that everybody can type."""

import unicodedata

import pytest

from domain.spelling import spell_text

WORDS = [
    ("Größe prüfen", "Grosse prufen"),
    ("STRAẞE und Straße", "STRASSE und Strasse"),
    ("Łódź, façade, smörgåsbord", "Lodz, facade, smorgasbord"),
    ("Ærø og Œuvre", "Aero og Oeuvre"),
    ("þing og ðað", "thing og dad"),
    ("İstanbul ışık", "Istanbul isik"),
    ("Đà Nẵng", "Da Nang"),
    ("ﬁne ² ½", "fine 2 1⁄2"),
    ("Привет, мир", "Privet, mir"),
    ("Объезд, подъём и щавель", "Obezd, podyom i shchavel"),
    ("Йод ёлка Юля", "Yod yolka Yulya"),
    ("Єва їжак ґанок", "Yeva yizhak ganok"),
    ("Беларусь ўсё", "Belarus wsyo"),
    ("Љубав Ђорђе ћирилица", "Ljubav Djordje cirilitsa"),
    ("Ќе ѓавол", "Kje gjavol"),
    ("Ελλάδα ουρανός Ύπνος ΟΥ", "Ellada ouranos Ypnos Ou"),
    ("αύριο ευχαριστώ Εύβοια ταυ", "avrio efcharisto Evvoia taf"),
    ("plain ASCII 7_8-9.", "plain ASCII 7_8-9."),
    ("製造", "製造"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "spelled"), WORDS)
def test_text_is_spelled_out(text: str, spelled: str) -> None:
    assert spell_text(text) == spelled


@pytest.mark.parametrize(("text", "spelled"), WORDS)
def test_it_does_not_matter_how_accents_are_put_together(text: str, spelled: str) -> None:
    assert spell_text(unicodedata.normalize("NFD", text)) == spelled
