// standin: slow-progress
// (The line above is for the stand-in engine of the tests and the demo; LEAN ignores it.)
using System;
using QuantConnect.Algorithm;
using QuantConnect.Data;
using QuantConnect.Indicators;

namespace QuantConnect.Algorithm.CSharp
{
    /// <summary>
    /// Buys when SPY opens above the highest high of the last days, sells when it opens below their lowest low.
    /// </summary>
    public class OpeningBreakout : QCAlgorithm
    {
        private Symbol _spy;
        private Maximum _high;
        private Minimum _low;
        private int _quantity;
        private int _bars;

        public override void Initialize()
        {
            SetStartDate(2010, 1, 1);
            SetEndDate(2012, 12, 31);
            SetCash(100000);

            _quantity = GetParameter("quantity", 10);
            var lookback = GetParameter("lookback", 10);
            if (lookback < 1)
            {
                throw new ArgumentException($"Parameter 'lookback' must be at least 1, not {lookback}");
            }

            _spy = AddEquity("SPY", Resolution.Daily).Symbol;
            // Fed by hand, after the day was compared with the days before it.
            _high = new Maximum("highest high", lookback);
            _low = new Minimum("lowest low", lookback);
        }

        public override void OnData(Slice slice)
        {
            if (!slice.Bars.TryGetValue(_spy, out var bar))
            {
                return;
            }

            if (_high.IsReady)
            {
                if (bar.Open > _high.Current.Value && !Portfolio[_spy].IsLong)
                {
                    MarketOrder(_spy, _quantity, tag: "opened above the range");
                }
                else if (bar.Open < _low.Current.Value && Portfolio[_spy].IsLong)
                {
                    MarketOrder(_spy, -_quantity, tag: "opened below the range");
                }

                Plot("Range", "High", _high.Current.Value);
                Plot("Range", "Low", _low.Current.Value);
            }

            _high.Update(bar.EndTime, bar.High);
            _low.Update(bar.EndTime, bar.Low);
            if (++_bars % 50 == 0)
            {
                Log($"bar {_bars} equity {Portfolio.TotalPortfolioValue:0.00}");
            }
        }
    }
}
