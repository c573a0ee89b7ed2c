# standin: daily-multiyear
# (The line above is for the stand-in engine of the tests and the demo; LEAN ignores it.)
from AlgorithmImports import *


class TrendFollowing(QCAlgorithm):
    """Holds each stock only while its fast average stands above its slow one."""

    TICKERS = ["SPY", "AAPL", "IBM", "BAC"]

    def initialize(self):
        self.set_start_date(2000, 1, 1)
        self.set_end_date(2020, 12, 31)
        self.set_cash(100000)
        self.set_benchmark("SPY")

        fast = self.get_parameter("fast", 50)
        slow = self.get_parameter("slow", 200)
        if fast >= slow:
            raise ValueError(f"Parameter 'fast' ({fast}) must be smaller than 'slow' ({slow})")
        self._weight = self.get_parameter("weight", 0.24)

        self._averages = {}
        for ticker in self.TICKERS:
            symbol = self.add_equity(ticker, Resolution.DAILY).symbol
            self._averages[symbol] = (
                self.ema(symbol, fast, Resolution.DAILY),
                self.ema(symbol, slow, Resolution.DAILY),
            )
        self._spy = list(self._averages)[0]
        self.set_warm_up(slow, Resolution.DAILY)

        chart = Chart("Trend")
        chart.add_series(Series("Fast", SeriesType.LINE, "$", Color.ORANGE))
        chart.add_series(Series("Slow", SeriesType.LINE, "$", Color.BLUE))
        self.add_chart(chart)

        self.schedule.on(
            self.date_rules.month_start("SPY"),
            self.time_rules.after_market_open("SPY", 30),
            self._log_equity,
        )

    def on_warmup_finished(self):
        self.log("warm-up finished")

    def on_data(self, data: Slice):
        if self.is_warming_up:
            return
        for symbol, (fast, slow) in self._averages.items():
            if not data.bars.contains_key(symbol) or not slow.is_ready:
                continue
            rising = fast.current.value > slow.current.value
            invested = self.portfolio[symbol].invested
            if rising and not invested:
                self.set_holdings(symbol, self._weight, tag=f"cross up {symbol.value}")
                self.emit_insights(Insight.price(symbol, timedelta(20), InsightDirection.UP))
            elif invested and not rising:
                self.liquidate(symbol, tag=f"cross down {symbol.value}")

        if data.bars.contains_key(self._spy):
            fast, slow = self._averages[self._spy]
            self.plot("Trend", "Fast", fast.current.value)
            self.plot("Trend", "Slow", slow.current.value)

    def _log_equity(self):
        self.log(f"{self.time:%Y-%m-%d} equity {self.portfolio.total_portfolio_value:.2f}")
