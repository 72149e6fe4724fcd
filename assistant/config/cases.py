"""``[cases]``: how long things may take, checked key by key."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from assistant.model import Allowed

Hours = Annotated[float, Field(ge=0, le=200)]
Days = Annotated[int, Field(ge=0, le=365)]


class CasesTable(BaseModel):
    """``[cases]``, and ``[account.cases]`` over it. config.example.toml explains every key."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True, frozen=True)

    answer_hours: Hours = 4.0
    call_hours: Hours = 8.0
    update_days: Days = 3
    check_in_days: Days = 3
    settle_days: Days = 7
    lapse_days: Days = 30
    remind_hours: Hours = 1.0
    long_answer_words: int = Field(default=120, ge=0, le=10_000)

    @property
    def allowed(self) -> Allowed:
        """The same as cases need it."""
        return Allowed(
            answer=self.answer_hours,
            call=self.call_hours,
            quiet=self.update_days,
            check_in=self.check_in_days,
            settle=self.settle_days,
            lapse=self.lapse_days,
            remind=self.remind_hours,
            long_answer=self.long_answer_words,
        )
