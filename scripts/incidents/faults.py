"""Faults at three magnitudes, each a function of one table; the scenario chooses the column.

The incidents of the demo have one fixed magnitude. These are the same faults with the magnitude as a parameter, and
some that the demo does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from scripts.incidents.flow import Change, Tables, View

Frame = pd.DataFrame
ColumnFault = Callable[[Frame, str, int, View], Frame]
TableFault = Callable[[Frame, str | None, int, View], Frame]


def on(table: str, column: str, fault: ColumnFault, level: int) -> Change:
    """Return a fault of one column as a change of its stage's tables."""

    def change(tables: Tables, view: View) -> Tables:
        return {**tables, table: fault(tables[table], column, level, view)}

    return change


def whole(table: str, fault: TableFault, level: int) -> Change:
    """Return a fault of one table as a change of its stage's tables."""

    def change(tables: Tables, view: View) -> Tables:
        return {**tables, table: fault(tables[table], view.event_times.get(table), level, view)}

    return change


def _some(frame: Frame, share: float, view: View) -> np.ndarray:
    return view.rng.random(len(frame)) < share


def _numbers(frame: Frame, column: str) -> pd.Series[Any]:
    return frame[column].astype("Float64")


def _put(frame: Frame, column: str, values: pd.Series[Any]) -> Frame:
    """Keep the column's type where whole numbers stay whole."""
    if pd.api.types.is_integer_dtype(frame[column].dtype):
        values = values.round().astype(frame[column].dtype)
    return frame.assign(**{column: values})


def null_spike(frame: Frame, column: str, level: int, view: View) -> Frame:
    """Values are lost: 5, 20, 60 %."""
    return frame.assign(**{column: frame[column].mask(_some(frame, (0.05, 0.2, 0.6)[level], view))})


def null_to_sentinel(frame: Frame, column: str, level: int, view: View) -> Frame:
    """Nulls are filled: with 0, with -1, with -999."""
    del view
    return frame.assign(**{column: frame[column].fillna((0, -1, -999)[level])})


def default_value(frame: Frame, column: str, level: int, view: View) -> Frame:
    """5, 20, 50 % of the values become the median."""
    default = _numbers(frame, column).median()
    chosen = _some(frame, (0.05, 0.2, 0.5)[level], view)
    return _put(frame, column, _numbers(frame, column).mask(chosen & frame[column].notna(), default))


def infinite_values(frame: Frame, column: str, level: int, view: View) -> Frame:
    """0.5, 5, 20 % of the values become infinite."""
    chosen = _some(frame, (0.005, 0.05, 0.2)[level], view)
    return _put(frame, column, _numbers(frame, column).mask(chosen & frame[column].notna(), np.inf))


def clipping(frame: Frame, column: str, level: int, view: View) -> Frame:
    """Everything above the 97, 90, 70 % quantile becomes that quantile."""
    del view
    values = _numbers(frame, column)
    return _put(frame, column, values.clip(upper=values.quantile((0.97, 0.9, 0.7)[level])))


def rounding(frame: Frame, column: str, level: int, view: View) -> Frame:
    """Values are rounded to the power of ten next below 2, 20, 100 % of the column's standard deviation."""
    del view
    values = _numbers(frame, column)
    step = 10.0 ** np.floor(np.log10((0.02, 0.2, 1.0)[level] * float(values.std())))
    return _put(frame, column, (values / step).round() * step)


def unit_change(frame: Frame, column: str, level: int, view: View) -> Frame:
    """Values come in another unit: yards for metres, miles for kilometres, hundredths."""
    del view
    return _put(frame, column, _numbers(frame, column) * (1.0936133, 1.609344, 100.0)[level])


def offset(frame: Frame, column: str, level: int, view: View) -> Frame:
    """Values are too large by 0.3, 1, 3 standard deviations."""
    del view
    values = _numbers(frame, column)
    return _put(frame, column, values + round(float(values.std()) * (0.3, 1.0, 3.0)[level], 2))


def type_change(frame: Frame, column: str, level: int, view: View) -> Frame:
    """Numbers come as text: plain, with a decimal comma, with a unit."""
    del view
    text = frame[column].astype("string")
    text = (text, text.str.replace(".", ",", regex=False), text + " u")[level]
    return frame.assign(**{column: text})


def unseen_category(frame: Frame, column: str, level: int, view: View) -> Frame:
    """2, 10, 30 % of the rows have a label that never occurred before."""
    return frame.assign(**{column: frame[column].mask(_some(frame, (0.02, 0.1, 0.3)[level], view), "ZZ9")})


def category_missing(frame: Frame, column: str, level: int, view: View) -> Frame:
    """A label is merged into the most frequent one: the fourth, the third, the second most frequent."""
    del view
    labels = frame[column].value_counts().index
    gone = labels[min((3, 2, 1)[level], len(labels) - 1)]
    return frame.assign(**{column: frame[column].mask((frame[column] == gone).fillna(False), labels[0])})


def category_reencoded(frame: Frame, column: str, level: int, view: View) -> Frame:
    """Labels are written another way: padded, in lower case, as numbers."""
    del view
    texts = frame[column]
    if level == 0:
        return frame.assign(**{column: texts + " "})
    if level == 1:
        return frame.assign(**{column: texts.str.lower()})
    codes = {label: str(code) for code, label in enumerate(sorted(texts.dropna().unique()), 1)}
    return frame.assign(**{column: texts.map(codes).astype("string")})


def cut_text(frame: Frame, column: str, level: int, view: View) -> Frame:
    """Labels lose their last letter, all but two, all but one."""
    del view
    texts = frame[column]
    kept = (texts.str.slice(0, -1), texts.str.slice(0, 2), texts.str.slice(0, 1))
    return frame.assign(**{column: kept[level]})


def wrong_timezone(frame: Frame, column: str, level: int, view: View) -> Frame:
    """Times are off by one hour, by five, by eight and a half."""
    del view
    return frame.assign(**{column: frame[column] - pd.Timedelta(hours=(1, 5, 8.5)[level]).as_unit("us")})


def late_rows(frame: Frame, column: str, level: int, view: View) -> Frame:
    """3, 10, 30 % of the rows are from the period before the run, which is as long as the run's own."""
    chosen = _some(frame, (0.03, 0.1, 0.3)[level], view)
    span = frame[column].max() - frame[column].min() + pd.Timedelta(hours=1)
    return frame.assign(**{column: frame[column].mask(chosen, frame[column] - span)})


def constant_column(frame: Frame, column: str, level: int, view: View) -> Frame:
    """Every value is the median, the first value, or 0."""
    del view
    values = _numbers(frame, column)
    return _put(
        frame, column, pd.Series((values.median(), values.dropna().iloc[0], 0.0)[level], frame.index, "Float64")
    )


def column_renamed(frame: Frame, column: str, level: int, view: View) -> Frame:
    """The column comes under another name."""
    del view
    return frame.rename(columns={column: (f"{column}_2", column.upper(), "new_name")[level]})


def column_dropped(frame: Frame, column: str, level: int, view: View) -> Frame:
    """The column is missing."""
    del level, view
    return frame.drop(columns=column)


def stale_column(frame: Frame, column: str, level: int, view: View) -> Frame:
    """The column holds the values of the previous run, row for row."""
    del level
    before = next(t for t in view.previous()[view.stage].values() if set(t.columns) >= set(frame.columns))
    return frame.assign(**{column: before[column].reindex(frame.index)})


def partial_load(frame: Frame, event_time: str | None, level: int, view: View) -> Frame:
    """The last 10, 30, 60 % of the rows, in order of their time where they have one, are missing."""
    del view
    ordered = frame if event_time is None else frame.sort_values(event_time, kind="stable")
    return ordered.iloc[: int(len(frame) * (0.9, 0.7, 0.4)[level])].reset_index(drop=True)


def rows_repeated(frame: Frame, event_time: str | None, level: int, view: View) -> Frame:
    """2, 10, 30 % of the rows occur twice."""
    del event_time
    return pd.concat([frame, frame[_some(frame, (0.02, 0.1, 0.3)[level], view)]], ignore_index=True)


def duplicated_load(frame: Frame, event_time: str | None, level: int, view: View) -> Frame:
    """The whole load occurs twice, three times, four times."""
    del event_time, view
    return pd.concat([frame] * (level + 2), ignore_index=True)


def keys_reused(frame: Frame, column: str, level: int, view: View) -> Frame:
    """2, 10, 30 % of the rows carry the key of another row; `column` is the key, its parts joined by ``+``."""
    keys = column.split("+")
    chosen = _some(frame, (0.02, 0.1, 0.3)[level], view)
    other = np.where(chosen, view.rng.integers(0, len(frame), len(frame)), np.arange(len(frame)))
    return frame.assign(**{key: frame[key].take(other).set_axis(frame.index) for key in keys})


def stale_table(tables: Tables, view: View) -> Tables:
    """Return the tables of the stage in the previous run."""
    return {**tables, **view.previous()[view.stage]}


def join_lost_rows(frame: Frame, column: str, level: int, view: View) -> Frame:
    """5, 15, 40 % of the values of the join key `column` find no partner, and their rows are lost."""
    values = frame[column].dropna().unique()
    lost = view.rng.choice(values, max(1, int(len(values) * (0.05, 0.15, 0.4)[level])), replace=False)
    return frame[~frame[column].isin(lost)].reset_index(drop=True)


def join_duplicated_rows(frame: Frame, column: str, level: int, view: View) -> Frame:
    """5, 15, 40 % of the values of the join key `column` find two partners."""
    values = frame[column].dropna().unique()
    twice = view.rng.choice(values, max(1, int(len(values) * (0.05, 0.15, 0.4)[level])), replace=False)
    again = frame.loc[frame.index.repeat(np.where(frame[column].isin(twice), 2, 1))]
    return again.reset_index(drop=True)


COLUMN_FAULTS: Mapping[str, tuple[frozenset[str], ColumnFault]] = {
    "null_spike": (frozenset({"null_spike"}), null_spike),
    "null_to_sentinel": (frozenset({"null_to_sentinel"}), null_to_sentinel),
    "default_value": (frozenset({"default_value"}), default_value),
    "infinite_values": (frozenset({"infinite_values"}), infinite_values),
    "clipping": (frozenset({"clipping"}), clipping),
    "rounding": (frozenset({"precision_loss"}), rounding),
    "unit_change": (frozenset({"unit_change"}), unit_change),
    "offset": (frozenset({"offset"}), offset),
    "type_change": (frozenset({"type_change"}), type_change),
    "unseen_category": (frozenset({"unseen_category"}), unseen_category),
    "category_missing": (frozenset({"category_missing"}), category_missing),
    "category_reencoded": (frozenset({"category_reencoded"}), category_reencoded),
    "cut_text": (frozenset({"precision_loss"}), cut_text),
    "wrong_timezone": (frozenset({"wrong_timezone"}), wrong_timezone),
    "late_rows": (frozenset({"late_data"}), late_rows),
    "constant_column": (frozenset({"constant_column"}), constant_column),
    "column_renamed": (frozenset({"column_renamed"}), column_renamed),
    "column_dropped": (frozenset({"schema_change"}), column_dropped),
    "keys_reused": (frozenset({"duplicated_keys"}), keys_reused),
    "join_lost_rows": (frozenset({"join_lost_rows"}), join_lost_rows),
    "join_duplicated_rows": (frozenset({"join_duplicated_rows"}), join_duplicated_rows),
}
"""Fault → the causes that are right for it, and what it does to a column."""

TABLE_FAULTS: Mapping[str, tuple[frozenset[str], TableFault]] = {
    "partial_load": (frozenset({"partial_load"}), partial_load),
    "rows_repeated": (frozenset({"duplicated_load"}), rows_repeated),
    "duplicated_load": (frozenset({"duplicated_load"}), duplicated_load),
}
"""Fault → the causes that are right for it, and what it does to a table."""

OF_TABLE = frozenset({"join_lost_rows", "join_duplicated_rows", "keys_reused"})
"""Column faults that are incidents of the whole table."""

REPEATED = frozenset({"rows_repeated", "duplicated_load"})
"""Faults in a source whose traces are those of a join that repeats rows: either cause is right there."""
