"""The queues: what a paper needs next, and who waits for it. A worker serves all of them, or those it is told.

A machine with the signing token serves `finish` alone; one beside the counter serves `counter`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.pipeline.models import Priority, State

STAGES = {
    "read": (State.CLAIMED, State.CAPTURED),
    "finish": (State.RECOGNISED, State.CLASSIFIED, State.COMPOSED, State.SIGNED),
}


@dataclass(frozen=True, slots=True)
class Lane:
    """One queue. stage: `read` or `finish`. priority: Item.priority."""

    stage: str
    priority: int

    @property
    def name(self) -> str:
        """Also the queue's name at the broker."""
        return f"sohoa.{self.stage}.{Priority(self.priority).label}"

    @property
    def states(self) -> tuple[State, ...]:
        return STAGES[self.stage]


# In the order in which they are served: what a citizen waits for at the counter, and of it what is nearest to its end.
ALL = tuple(Lane(stage, priority) for priority in sorted(Priority.values) for stage in ("finish", "read"))


class LaneUnknown(SohoaError):
    code, exit_code = "pipeline.lane_unknown", Exit.USAGE
    vi = "Không có hàng việc tên «{name}»."
    en = "There is no queue called {name}."
    remedy = "Chọn trong: read, finish, counter, backlog, hoặc tên đầy đủ như read.counter; cách nhau bằng dấu phẩy."
    remedy_en = "Choose among read, finish, counter, backlog, or a full name such as read.counter, separated by commas."


def lanes_named(names: str) -> tuple[Lane, ...]:
    """`read,finish.counter`: all lanes that one of the names fits; "" is all. Raises LaneUnknown."""
    asked = [name.strip() for name in names.split(",") if name.strip()]
    for name in asked:
        if not any(_fits(lane, name) for lane in ALL):
            raise LaneUnknown(name=name[:40])
    return tuple(lane for lane in ALL if not asked or any(_fits(lane, name) for name in asked))


def names_of(lanes: tuple[Lane, ...]) -> str:
    """What lanes_named() understands: a name crosses to a process where Django is not up yet."""
    return ",".join(lane.name.removeprefix("sohoa.") for lane in lanes)


def _fits(lane: Lane, name: str) -> bool:
    return name in (lane.stage, Priority(lane.priority).label, lane.name.removeprefix("sohoa."))
