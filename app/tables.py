"""Every room's tables, gathered for the migrations."""

import conversations.tables
import core.files
import core.flags
import core.once
import core.outbox
import core.people
import handoff.tables
import knowledge.tables
import needs.tables
import paging.tables
import registry.tables
import webhook.tables
from core.database import metadata

ROOMS = (
    core.people,
    core.files,
    core.flags,
    core.outbox,
    knowledge.tables,
    registry.tables,
    handoff.tables,
    needs.tables,
    paging.tables,
    conversations.tables,
    webhook.tables,
)

__all__ = ["ROOMS", "metadata"]
