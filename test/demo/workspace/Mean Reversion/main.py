# standin: py-pygood
# (The line above is for the stand-in engine of the tests and the demo; LEAN ignores it.)
from AlgorithmImports import *
from Signals.main import Stretch


class MeanReversion(QCAlgorithm):
    """Buys SPY when it is stretched below its slow average and sells when it is back at the fast one."""

    def initialize(self):
        self.set_start_date(2013, 1, 1)
        self.set_end_date(2014, 12, 31)
        self.set_cash(100000)

        fast = self.get_parameter("fast", 10)
        slow = self.get_parameter("slow", 30)
        self._spy = self.add_equity("SPY", Resolution.DAILY).symbol
        self._fast = self.ema(self._spy, fast, Resolution.DAILY)
        self._slow = self.ema(self._spy, slow, Resolution.DAILY)
        self._stretch = Stretch(window=slow, entry=-1.0)
        self.set_warm_up(slow, Resolution.DAILY)

    def on_data(self, data: Slice):
        bar = data.bars.get(self._spy)
        if bar is None or not self._slow.is_ready:
            return

        self._stretch.update(bar.close - self._slow.current.value)
        if self.is_warming_up:
            return

        if self._stretch.is_low and not self.portfolio.invested:
            self.set_holdings(self._spy, 1)
            self.log(f"{self.time} buy, {self._stretch.value:.2f} deviations below the average")
        elif bar.close > self._fast.current.value and self.portfolio.invested:
            self.liquidate(self._spy)
            self.debug(f"{self.time} sell")

        self.plot("Ema", "fast", self._fast.current.value)
        self.plot("Ema", "slow", self._slow.current.value)
