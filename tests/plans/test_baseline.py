"""A forecast from past sales: tables in, bad input, and no look ahead."""

from __future__ import annotations

import datetime as dt
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import moselle_nb as mo
from tests import effort

AS_OF = "2026-11-23"  # a Monday
MONDAYS = pd.date_range(end="2026-11-16", periods=60, freq="7D")


def weekly(seed: int = 1, rows: int = 6) -> pd.DataFrame:
    """Sixty weeks of sales of some rows, with gaps, stockouts and a product line."""
    rng = np.random.default_rng(seed)
    parts = []
    for row in range(rows):
        kept = np.sort(rng.choice(60, size=rng.integers(5, 60), replace=False))
        parts.append(
            pd.DataFrame(
                {
                    "item": f"SKU-{row // 2}",
                    "location": ("METZ", "NANCY")[row % 2],
                    "date": MONDAYS[kept],
                    "quantity": rng.negative_binomial(2, 0.2, len(kept)),
                    "in_stock": rng.random(len(kept)) > 0.1,
                    "product_line": ("Garden", "Home")[row // 2 % 2],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def forecast(sales: Any, **options: Any) -> pd.DataFrame:
    return mo.baseline_forecast(sales, **{"as_of": AS_OF, "periods": 4, **options})


def notes(table: pd.DataFrame) -> dict[str, tuple[int, str]]:
    return {note["rule"]: (note["count"], note["what_was_done"]) for note in table.attrs["quality"]}


def test_the_table_is_one_that_load_takes_and_a_plan_can_size_safety_stock_from() -> None:
    sales = weekly()
    table = forecast(sales, periods=12)
    assert list(table.columns) == ["item", "location", "date", "quantity", "sd"]
    assert len(table) == 6 * 12
    assert (table["sd"] > 0).all()
    data = mo.load({"forecast": table}, as_of=AS_OF)
    config = mo.ReplenishmentConfig(
        name="baseline",
        coverage=(AS_OF, "2026-12-20"),
        lead_time_days=7,
        safety_stock=mo.SafetyStock("cycle_service_level", 0.95),
    )
    plan = mo.replenish(data, config)
    assert plan.check().ok
    assert plan.order_lines["quantity"].sum() > 0


def test_every_kind_of_frame_gives_the_same() -> None:
    sales = weekly()
    ours = forecast(sales)
    shuffled = sales.sample(frac=1, random_state=3)
    for other in (shuffled, pl.from_pandas(sales), pl.from_pandas(sales).lazy(), pa.Table.from_pandas(sales)):
        pd.testing.assert_frame_equal(forecast(other), ours)


def test_planning_data_bring_their_own_day_and_product_lines() -> None:
    data = mo.sample_data("retail", items=30, locations=2)
    table = mo.baseline_forecast(data, periods=8)
    assert table["date"].min() == pd.Timestamp(data.as_of)
    merged = data.sales.merge(data.items[["item", "product_line"]], on="item")
    frame = merged[["item", "location", "date", "quantity", "in_stock", "product_line"]]
    pd.testing.assert_frame_equal(mo.baseline_forecast(frame, as_of=data.as_of, periods=8), table)
    alone = mo.baseline_forecast(data, periods=8, group="supplier")
    assert not alone["quantity"].equals(table["quantity"])


@pytest.mark.parametrize("bucket", ["day", "week", "month"])
@pytest.mark.parametrize("model", ["robust", "mean", "last"])
def test_nothing_after_as_of_is_looked_at(bucket: str, model: str) -> None:
    for seed in range(effort.count("baseline_future")):
        rng = np.random.default_rng([seed, 77])
        sales = weekly(seed)
        if bucket == "day":
            sales["date"] += pd.to_timedelta(rng.integers(0, 7, len(sales)), unit="D")
        cut = MONDAYS[int(rng.integers(40, 58))] + pd.Timedelta(days=int(rng.integers(0, 7)))
        later = sales["date"] >= cut
        if (~later).sum() < 20 or not later.any():
            continue
        changed = sales.copy()
        changed.loc[later, "quantity"] = rng.integers(0, 10_000, later.sum())
        changed.loc[later, "in_stock"] = rng.random(later.sum()) > 0.5
        moved = sales[~later]
        extra = changed[later].assign(item="NEW", location="TOUL", product_line="Home").drop_duplicates("date")
        options: dict[str, Any] = {"as_of": cut.date(), "periods": 5, "bucket": bucket, "model": model}
        ours = mo.baseline_forecast(sales, **options)
        for other in (changed, moved, pd.concat([extra, changed], ignore_index=True)):
            again = mo.baseline_forecast(other, **options)
            pd.testing.assert_frame_equal(again, ours, check_exact=True)
            assert again.attrs == ours.attrs


def test_weeks_begin_as_the_sales_do_and_the_one_that_is_not_over_is_left_out() -> None:
    # Lines of Mondays; the day is a Wednesday: the week of Monday 16 November is not over.
    sales = pd.DataFrame({"item": "A", "location": "M", "date": MONDAYS[-10:], "quantity": 7})
    table = forecast(sales, as_of="2026-11-18", periods=2)
    assert table["date"].dt.strftime("%Y-%m-%d").tolist() == ["2026-11-16", "2026-11-23"]
    assert table["quantity"].tolist() == [7.0, 7.0]
    assert notes(table)["lines in the week of as_of"] == (1, "left out: the week is not over")


def test_days_are_put_into_weeks_that_begin_on_the_weekday_of_as_of() -> None:
    days = pd.date_range("2026-10-01", "2026-11-17", freq="D")
    sales = pd.DataFrame({"item": "A", "location": "M", "date": days, "quantity": 1})
    table = forecast(sales, as_of="2026-11-18", periods=1)
    assert table["date"].tolist() == [pd.Timestamp("2026-11-18")]
    assert table["quantity"].tolist() == [pytest.approx(7.0, abs=0.4)]


def test_weekdays_are_a_season_of_days() -> None:
    days = pd.date_range("2026-08-24", "2026-11-22", freq="D")
    sold = np.where(days.day_of_week == 5, 80, 20)
    sales = pd.DataFrame({"item": "A", "location": "M", "date": days, "quantity": sold})
    table = forecast(sales, bucket="day", periods=7).set_index("date")["quantity"]
    assert table["2026-11-28"] == pytest.approx(80, rel=0.05)  # a Saturday
    assert table["2026-11-24"] == pytest.approx(20, rel=0.1)


def test_gaps_are_weeks_without_sales_and_are_counted() -> None:
    # Ten weeks, lines in five of them: the sale in the first week is there from the start.
    sales = pd.DataFrame({"item": "A", "location": "M", "date": MONDAYS[-10::2], "quantity": 4})
    table = forecast(sales, periods=1)
    assert notes(table)["weeks without a line after a row's first"] == (5, "counted as 0 sold")
    assert table["quantity"].iloc[0] < 3


def test_stockouts_are_left_out_and_a_row_that_was_never_in_stock_is_taken_as_it_is() -> None:
    sales = pd.DataFrame(
        {
            "item": ["A"] * 10 + ["B"] * 10,
            "location": "M",
            "date": [*MONDAYS[-10:], *MONDAYS[-10:]],
            "quantity": [6, 0] * 5 + [3] * 10,
            "in_stock": [True, False] * 5 + [False] * 10,
        }
    )
    table = forecast(sales, periods=1).set_index("item")["quantity"]
    assert table["A"] == pytest.approx(6, rel=0.15)
    assert table["B"] == pytest.approx(3, rel=0.15)
    said = notes(forecast(sales))
    assert said["weeks out of stock"] == (15, "left out: sales do not show demand")
    assert said["rows out of stock in every week"][0] == 1


def test_returns_are_taken_off_the_sales_of_their_week() -> None:
    sales = pd.DataFrame({"item": "A", "location": "M", "date": MONDAYS[-8:], "quantity": [5, 5, 5, 5, -9, 5, 5, 5]})
    table = forecast(sales)
    assert notes(table)["weeks with more returns than sales"] == (1, "counted as 0 sold")
    assert (table["quantity"] >= 0).all()


def test_one_sale_ever_is_no_error() -> None:
    lonely = pd.DataFrame({"item": "A", "location": "M", "date": ["2026-11-16"], "quantity": [5]})
    table = forecast(lonely)
    assert table["quantity"].tolist() == [5.0] * 4
    assert np.isfinite(table["sd"]).all()
    long_ago = forecast(lonely.assign(date="2026-05-04"))
    assert 0 < long_ago["quantity"].max() < 5 / 28  # five in 29 weeks, the first of which has faded


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"bucket": "weak"}, r"bucket is day, week or month: received 'weak' \(did you mean 'week'\?\)"),
        ({"periods": 0}, "periods is whole and between 1 and 1,000: received 0"),
        ({"periods": 2.5}, "periods is whole and between 1 and 1,000: received 2.5"),
        ({"periods": True}, "periods is whole and between 1 and 1,000: received True"),
    ],
)
def test_bad_arguments(options: dict[str, Any], text: str) -> None:
    with pytest.raises(mo.ConfigError, match=text):
        forecast(weekly(), **options)


@pytest.mark.parametrize(
    ("sales", "options", "text"),
    [
        (weekly(), {"as_of": "2020-01-06"}, "sales in the ten years before 2020-01-06: the first is of 20"),
        (weekly(), {"as_of": "2040-01-06"}, "sales in the ten years before 2040-01-06: the last is of 2026-11-16"),
        (weekly(), {"as_of": None}, "the first day that is not known is given: call baseline_forecast"),
        (weekly(), {"as_of": "soon"}, "as_of is a day such as 2026-11-23: got 'soon'"),
        (weekly().assign(date=""), {}, "date is given: "),
        (weekly().drop(columns="quantity"), {}, "quantity is missing"),
        (weekly().iloc[:0], {}, "the table has lines: the frame has none"),
        (pd.concat([weekly(), weekly()]), {}, "item, location and date are unique"),
        (weekly(), {"group": 3}, r"group is a column of sales: received 3"),
        (weekly(), {"group": "product_lin"}, r"group is a column of sales: received 'product_lin' \(did you mean"),
        (weekly(), {"bucket": "day"}, "not shorter than the buckets of the sales, which come by week: received 'day'"),
        ([1, 2], {}, "data frame of pandas, polars or Arrow: got list"),
    ],
)
def test_bad_sales(sales: Any, options: dict[str, Any], text: str) -> None:
    with pytest.raises(mo.ContractError, match=text):
        forecast(sales, **options)


def test_an_item_has_one_group() -> None:
    sales = weekly()
    sales.loc[0, "product_line"] = "Kitchen"
    with pytest.raises(mo.ContractError, match=r"an item has one product_line: .* e\.g\. SKU-0"):
        forecast(sales)


def test_no_complete_bucket_yet() -> None:
    sales = pd.DataFrame({"item": "A", "location": "M", "date": ["2026-11-03"], "quantity": [1]})
    text = "a complete month before as_of: the first line is of 2026-11-03, as_of is 2026-11-23"
    with pytest.raises(mo.ContractError, match=text):
        forecast(sales, bucket="month")


def test_data_without_sales() -> None:
    table = pd.DataFrame({"item": ["A"], "location": ["M"], "date": ["2026-11-23"], "quantity": [1]})
    with pytest.raises(mo.ContractError, match="the table has lines: the planning data have no sales"):
        mo.baseline_forecast(mo.load({"forecast": table}, as_of=AS_OF), periods=1)


@pytest.mark.skipif(find_spec("statsforecast") is not None, reason="statsforecast is installed")
def test_a_model_of_an_absent_library_is_one_clear_error() -> None:
    text = r"others need the library statsforecast: received 'AutoETS', pip install 'moselle-nb\[forecast\]'"
    with pytest.raises(mo.ConfigError, match=text):
        forecast(weekly(), model="AutoETS")
    with pytest.raises(mo.ConfigError, match=r"received 'robst' \(did you mean 'robust'\?\)"):
        forecast(weekly(), model="robst")


@pytest.mark.parametrize("model", ["AutoETS", "CrostonSBA", "SeasonalNaive"])
def test_models_of_statsforecast(model: str) -> None:
    pytest.importorskip("statsforecast", reason="the extra forecast is not installed")
    table = forecast(weekly(), model=model)
    assert len(table) == 6 * 4
    assert (table["quantity"] >= 0).all()
    assert np.isfinite(table["sd"]).all()


def test_a_name_that_statsforecast_does_not_know() -> None:
    pytest.importorskip("statsforecast", reason="the extra forecast is not installed")
    with pytest.raises(mo.ConfigError, match=r"received 'AutoETZ' \(did you mean 'AutoETS'\?\)"):
        forecast(weekly(), model="AutoETZ")
    with pytest.raises(mo.ConfigError, match="a model with parameters of its own is given as an object"):
        forecast(weekly(), model="TSB")
    with pytest.raises(mo.ConfigError, match=r"model is a name, or an object of a class of statsforecast\.models"):
        forecast(weekly(), model=3)


def test_a_backtest_by_hand() -> None:
    # Last: forecast 4 in the week before the two to be judged, which sold 6 and 4. Errors -2 and 0; over both, -2.
    sales = pd.DataFrame({"item": "A", "location": "M", "date": MONDAYS[-6:], "quantity": [4, 6, 6, 4, 6, 4]})
    table = mo.baseline_backtest(sales, as_of=AS_OF, periods=2, origins=1)
    last = table[table["model"] == "last"].set_index(table[table["model"] == "last"]["horizon"].fillna(0))
    assert last["sold"].tolist() == [6.0, 4.0, 10.0]
    assert last["bias"].tolist() == [-2 / 6, 0.0, -0.2]
    assert last["mae"].tolist() == [2.0, 0.0, 2.0]
    assert last["rmse"].tolist() == [2.0, 0.0, 2.0]
    assert last["wape"].tolist() == [2 / 6, 0.0, 0.2]
    assert table["model"].unique().tolist() == ["robust", "mean", "last"]


def test_a_backtest_leaves_out_what_was_out_of_stock() -> None:
    sales = pd.DataFrame({"item": "A", "location": "M", "date": MONDAYS[-20:], "quantity": 5})
    sales["in_stock"] = True
    sales.loc[[18], ["quantity", "in_stock"]] = [0, False]
    table = mo.baseline_backtest(sales, as_of=AS_OF, periods=4, origins=1, model="mean")
    assert table["forecasts"].tolist()[:5] == [1, 1, 0, 1, 1]
    assert table.loc[table["horizon"].isna(), "bias"].abs().max() == 0


def test_a_backtest_needs_twice_the_periods() -> None:
    text = "at least twice as long as the 40 weeks to be forecast: received 60"
    with pytest.raises(mo.ContractError, match=text):
        mo.baseline_backtest(weekly(2), as_of=AS_OF, periods=40)
    with pytest.raises(mo.ConfigError, match="origins is whole and between 1 and 100: received 0"):
        mo.baseline_backtest(weekly(), as_of=AS_OF, periods=2, origins=0)


def test_a_backtest_does_not_look_past_as_of() -> None:
    sales = weekly(4)
    day = dt.date(2026, 8, 31)
    ours = mo.baseline_backtest(sales, as_of=day, periods=4)
    changed = sales.assign(quantity=sales["quantity"].where(sales["date"] < pd.Timestamp(day), 999))
    pd.testing.assert_frame_equal(mo.baseline_backtest(changed, as_of=day, periods=4), ours, check_exact=True)
