"""A scan report as JSON and back: nothing is lost on the way."""

import json

import pytest

from domain.scan_documents import read_scan, write_scan
from domain.scan_reports import FieldUse, FileCount, Over, ScanReport, TypeCount
from domain.work_items import TreeNode

FULL = ScanReport(
    items=3,
    types=(TypeCount("Bug", 2, {"New": 2}, {"System.Title": 2}, {"": 1, "Feature": 1}), TypeCount("Task", 1)),
    fields=(FieldUse("Custom.Size", "Size", "string", 2, {"S": 1, "L": 1}),),
    areas=(TreeNode("Webshop\\Shop", "Shop"),),
    area_items={"Webshop\\Shop": 3},
    iterations=(TreeNode("Webshop\\Sprint 1", "Sprint 1", "2026-01-05", "2026-01-19"),),
    iteration_items={"Webshop\\Sprint 1": 1},
    people={"guid-1": 3},
    tags=2,
    comments=5,
    commented_items=2,
    links={"System.LinkTypes.Related": 1},
    files=FileCount(2, 900, ((7, 800), (8, 100))),
    inline_images=1,
    test_items=1,
    over={"title_too_long": Over(1, (7,))},
)


@pytest.mark.parametrize("report", [ScanReport(), FULL])
def test_there_and_back(report):
    assert read_scan(json.loads(json.dumps(write_scan(report)))) == report


def test_names_are_those_of_json():
    document = write_scan(FULL)
    assert document["areaItems"] == {"Webshop\\Shop": 3}
    assert document["types"][0] == {
        "name": "Bug", "count": 2, "states": {"New": 2}, "filled": {"System.Title": 2},
        "parents": {"": 1, "Feature": 1},
    }  # fmt: skip
    assert document["files"] == {"count": 2, "bytes": 900, "biggest": [[7, 800], [8, 100]]}


def test_what_an_older_document_lacks_is_empty():
    assert read_scan({"items": 3, "over": {"cycle": {"count": 1}}}) == ScanReport(items=3, over={"cycle": Over(1)})
