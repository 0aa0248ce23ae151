"""Names that look like projects: who is asked about them, and for how long an answer counts."""

from dataclasses import replace

from jobs.roads import open_road
from linkage.key_rules import ABSENT_MILLISECONDS
from sandbox.jira_site import Project
from tests.app.actions import kept_link

NAMING = ("NEWLY-1 round prices",)


def knows_new(road):
    return "NEWLY" in (road.confirm(road.rules, NAMING).projects or ())


def test_a_name_that_is_no_project_is_asked_about_again_after_a_moment(site, connection, linked, webshop):
    clock = [site.services.now()]
    services = replace(site.services, now=lambda: clock[0])
    road = open_road(services, kept_link(site, connection, webshop))
    assert not knows_new(road)
    site.site.projects["NEWLY"] = Project("10999", "NEWLY", "Made just now")
    services.project_keys.forget_tenant(road.installation_id)  # as if ten seconds had passed
    services.redis.config_resetstat()
    assert road.confirm(road.rules, NAMING) == road.rules
    assert "cmdstat_mget" not in services.redis.info("commandstats")  # nobody was asked, not even Redis
    clock[0] += ABSENT_MILLISECONDS
    assert knows_new(road)
