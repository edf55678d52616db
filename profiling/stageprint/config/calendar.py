"""Settings of the business calendar: which public holidays the data are subject to."""

from __future__ import annotations

from pydantic import Field, model_validator

from stageprint.config.base import ConfigModel
from stageprint.config.problems import Problem, fail


class CalendarSettings(ConfigModel):
    """Where the business is, whose holidays explain that many tables move at once.

    Attributes:
        country: Code of the country (ISO 3166-1, two letters); None: the turn of the year alone is known.
        subdivision: Code of the state or province, as the library `holidays` names them; None: the whole country's.
    """

    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$", description="a country's code of two letters")
    subdivision: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _country_of_the_subdivision(self) -> CalendarSettings:
        if self.subdivision is not None and self.country is None:
            fail(
                [Problem(("subdivision",), "a subdivision needs the country: calendar: {country: DE, subdivision: BY}")]
            )
        return self
