import pytest

from domain.errors import BadEvent
from domain.personal_data import HeldAccount, ReportAnswer, build_report, read_cycle, read_report

DAY = 24 * 3_600_000
MIA, NOAH = HeldAccount("5be24ad8b1653240376955d2", 1_540_508_931_382), HeldAccount("557058:f0", 0)


def test_a_report_names_each_account_and_the_age_of_what_is_held():
    assert build_report([MIA, NOAH]) == {
        "accounts": [
            {"accountId": "5be24ad8b1653240376955d2", "updatedAt": "2018-10-25T23:08:51.382Z"},
            {"accountId": "557058:f0", "updatedAt": "1970-01-01T00:00:00.000Z"},
        ]
    }


def test_the_answer_tells_who_is_to_be_erased_and_who_changed():
    told = [
        {"accountId": MIA.account_id, "status": "closed"},
        {"accountId": NOAH.account_id, "status": "updated"},
    ]
    answer = read_report({"accounts": told}, "P3D", [MIA, NOAH])
    assert answer == ReportAnswer((MIA.account_id,), (NOAH.account_id,), 3 * DAY)


@pytest.mark.parametrize("body", [{}, {"accounts": None}, {"accounts": []}])
def test_an_empty_answer_asks_for_nothing(body):
    assert read_report(body, None, [MIA]) == ReportAnswer((), (), 7 * DAY)


@pytest.mark.parametrize(
    "told",
    [
        {"accountId": "somebody-else", "status": "closed"},
        {"accountId": MIA.account_id, "status": "moved"},
        {"accountId": MIA.account_id},
    ],
)
def test_nobody_else_is_erased_and_no_other_word_erases(told):
    assert read_report({"accounts": [told]}, None, [MIA]) == ReportAnswer((), (), 7 * DAY)


@pytest.mark.parametrize("body", [{"accounts": "all"}, {"accounts": ["x"]}, {"accounts": [{"status": "closed"}]}])
def test_an_unreadable_answer_is_told_and_erases_nobody(body):
    with pytest.raises(BadEvent, match="account"):
        read_report(body, None, [MIA])


@pytest.mark.parametrize(
    ("written", "cycle"),
    [
        (None, 7 * DAY),
        ("", 7 * DAY),
        ("P7D", 7 * DAY),
        (" p15d ", 15 * DAY),
        ("P1W", 7 * DAY),
        ("P1DT12H", DAY + DAY // 2),
        ("PT90M", 5_400_000),
        ("PT7200S", 7_200_000),
        ("PT1M", 3_600_000),  # not more often than a worker looks
        ("P999999W", 30 * DAY),
        ("P1M", 7 * DAY),
        ("P0D", 7 * DAY),
        ("P", 7 * DAY),
        ("7 days", 7 * DAY),
    ],
)
def test_the_cycle_is_as_told_within_limits_and_else_seven_days(written, cycle):
    assert read_cycle(written) == cycle
