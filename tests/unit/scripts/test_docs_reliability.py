from __future__ import annotations

import json
from pathlib import Path

from scripts.docs.reliability import reliability_page


def _row(fault: str, meanwhile: str, lost: int = 0) -> dict[str, object]:
    figures = {"tries": 2, "rows_lost": lost, "rows_duplicated": 0}
    return {"fault": fault, **figures, "meanwhile": meanwhile, "message": "a | b"}


def _write(folder: Path, name: str, place: int, rows: list[dict[str, object]]) -> None:
    section = {"place": place, "title": name, "text": f"About {name}.", "faults": rows}
    (folder / f"{name}.json").write_text(json.dumps(section))


def test_a_section_for_each_file_in_the_order_of_their_places(tmp_path: Path) -> None:
    _write(tmp_path, "kills", 20, [_row("killed", "nothing", lost=3)])
    _write(tmp_path, "sources", 10, [_row("cut", "exits with 3"), _row("gone", "exits with 3")])
    page = reliability_page(tmp_path)
    assert "**3 faults, 6 tries: 3 rows lost, 0 rows duplicated.**" in page
    assert page.index("## sources") < page.index("## kills")
    # What all faults of a section have in common is said once.
    assert page.count("exits with 3") == 1
    assert "| cut | 2 | 0 | 0 | a \\| b |" in page
    assert "| killed | 2 | 3 | 0 | nothing | a \\| b |" in page


def test_faults_after_which_values_were_looked_for_are_counted_once(tmp_path: Path) -> None:
    _write(tmp_path, "sources", 10, [_row("cut", "exits with 3")])
    searched = {"fault": "cut", "tries": 2, "searched_bytes": 1234567, "values_found": 0}
    _write(tmp_path, "values", 20, [searched])
    page = reliability_page(tmp_path)
    assert "**1 faults, 2 tries: 0 rows lost, 0 rows duplicated.**" in page
    assert "| fault | tries | searched bytes | values found |" in page
    assert "| cut | 2 | 1,234,567 | 0 |" in page
