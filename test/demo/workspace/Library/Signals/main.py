from collections import deque
from statistics import fmean, pstdev


class Stretch:
    """How many standard deviations the newest value lies from the mean of the last ones.

    Use it in an algorithm: `from Signals.main import Stretch`.
    """

    def __init__(self, window: int, entry: float):
        if window < 2:
            raise ValueError(f"A stretch needs at least two values, not {window}")
        self._values = deque(maxlen=window)
        self._entry = entry
        self.value = 0.0

    @property
    def is_ready(self) -> bool:
        return len(self._values) == self._values.maxlen

    @property
    def is_low(self) -> bool:
        return self.is_ready and self.value <= self._entry

    def update(self, value: float) -> float:
        self._values.append(value)
        spread = pstdev(self._values)
        self.value = (value - fmean(self._values)) / spread if spread > 0 else 0.0
        return self.value
