"""All routes of work item tracking, in one place to be registered."""

from sandbox.wit_boards import board_routes
from sandbox.wit_comments import comment_routes
from sandbox.wit_items import item_read_routes
from sandbox.wit_metadata import metadata_routes
from sandbox.wit_nodes import node_routes
from sandbox.wit_pieces import piece_routes
from sandbox.wit_processes import process_routes
from sandbox.wit_queries import query_routes
from sandbox.wit_reporting import reporting_routes
from sandbox.wit_teams import team_routes
from sandbox.wit_testplans import testplan_routes

WORK_ROUTES = (
    item_read_routes, reporting_routes, comment_routes, piece_routes, query_routes, metadata_routes, node_routes,
    team_routes, board_routes, process_routes, testplan_routes,
)  # fmt: skip
