"""Settings of the business calendar."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from stageprint.config.calendar import CalendarSettings


def test_a_subdivision_needs_its_country() -> None:
    assert CalendarSettings(country="DE", subdivision="BY").subdivision == "BY"
    assert CalendarSettings().country is None
    with pytest.raises(ValidationError, match="needs the country"):
        CalendarSettings(subdivision="BY")


@pytest.mark.parametrize("country", ["de", "Germany", "", "D"])
def test_countries_are_codes_of_two_letters(country: str) -> None:
    with pytest.raises(ValidationError):
        CalendarSettings(country=country)
