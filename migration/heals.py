"""Of each phase that writes: what finds out what became of rows whose worker died while they were being sent."""

from collections.abc import Callable, Mapping

from domain.run_states import Phase
from migration.heal import heal_chunk
from migration.road import Road
from store.run_turns import Chunk

HEALS: Mapping[Phase, Callable[[Road, Chunk], None]] = {"items": heal_chunk}
