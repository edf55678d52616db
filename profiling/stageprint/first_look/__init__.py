"""The first look: what is suspicious about a table by itself, without any history; one file a rule.

Rules see the stored profile alone. They never alert: what they say is for whoever looks at a new table.
"""

from __future__ import annotations

from stageprint.first_look.base import ColumnLook, FirstLookRule, Remark, TableLook, all_rules
from stageprint.first_look.base_look import look_at

__all__ = ["ColumnLook", "FirstLookRule", "Remark", "TableLook", "all_rules", "look_at"]
