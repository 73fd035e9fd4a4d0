"""The evidence for a reading of the undocumented payload: what it rests on, and what makes it a doubt. Pure.

`kinds` ranks the kinds of evidence. `weigh` holds a reading against them; `considered` lists the readings that were not
taken.
"""

from drift.decode.evidence.considered import considered
from drift.decode.evidence.kinds import KINDS, Considered, DoubtError, Evidence, doubt, undecided
from drift.decode.evidence.weighing import weigh

__all__ = ["KINDS", "Considered", "DoubtError", "Evidence", "considered", "doubt", "undecided", "weigh"]
