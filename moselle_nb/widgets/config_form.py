"""The form of either kind of plan: two steps, drawn from the configuration, checked as it is filled."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import traitlets as t

from moselle_nb.exceptions import ConfigError, UnknownNameError
from moselle_nb.plans.allocating.config import AllocationConfig
from moselle_nb.plans.code import config_code
from moselle_nb.widgets.base import a_data_set, front_end
from moselle_nb.widgets.form_fields import LAST_GROUP, default_values, form_fields
from moselle_nb.widgets.form_models import FORM_MODELS, likely_source
from moselle_nb.widgets.form_values import check_values, rows_in_scope
from moselle_nb.widgets.guarded import GuardedWidget
from moselle_nb.widgets.messages import Reply, RequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from moselle_nb.inputs.data import PlanningData
    from moselle_nb.widgets.form_models import FormModel, PlanSettings
    from moselle_nb.widgets.messages import Request

__all__ = ["ConfigForm"]


class ConfigForm(GuardedWidget):
    """Fill a configuration, with every problem at its field and the same in code beside it.

    Parameters
    ----------
    data
        The tables that are planned: they give choices, defaults and quality warnings.
    plan_type
        ``replenishment`` or ``allocation``.
    **traits
        Values of public traits.

    Examples
    --------
    >>> from moselle_nb.inputs.sample import sample_data
    >>> form = ConfigForm(sample_data("retail", items=2, locations=1, seed=7))
    >>> form.values = {**form.values, "review_period_days": "14"}
    >>> form.config.review_period_days
    14
    >>> ConfigForm(sample_data("retail", items=2, locations=3, seed=7), "allocation").config.method
    'equal_runout'
    """

    _esm: ClassVar[object] = front_end("config_form.js")
    _css: ClassVar[object] = front_end("config_form.css")
    accepts = frozenset({"values", "page", "use_receipts"})
    kinds = frozenset({"create"})

    title = t.Unicode("", read_only=True).tag(sync=True)
    """The kind of plan, for people. Written by Python."""

    fields: t.List[dict[str, object]] = t.List(read_only=True).tag(sync=True)
    """What is asked, with titles, units, bounds and choices. Written by Python."""

    folded = t.Unicode(LAST_GROUP, read_only=True).tag(sync=True)
    """The group that is folded away at first. Written by Python."""

    context = t.Unicode("", read_only=True).tag(sync=True)
    """One line on the data: the day of the stock and the forecast's period. Written by Python."""

    quality: t.List[dict[str, object]] = t.List(read_only=True).tag(sync=True)
    """Warnings about the data, one record per rule. Written by Python."""

    values: t.Dict[str, Any] = t.Dict().tag(sync=True)
    """What is typed, by setting; numbers as text. Written by both sides; the browser is not trusted."""

    problems: t.Dict[str, list[str]] = t.Dict(read_only=True).tag(sync=True)
    """What is wrong, by setting; ``constraints.0.key`` is the first constraint's key. Written by Python."""

    size = t.Unicode("", read_only=True).tag(sync=True)
    """How much will be planned; blank while anything is wrong. Written by Python."""

    code = t.Unicode("", read_only=True).tag(sync=True)
    """The Python that does the same; blank while anything is wrong. Written by Python."""

    page = t.Int(1, min=1, max=2).tag(sync=True)
    """The step that is shown. Written by both sides."""

    busy = t.Bool(default_value=False).tag(sync=True)
    """Whether a plan is being created: nothing can be created meanwhile. Written by Python."""

    receipts_of = t.Unicode("").tag(sync=True)
    """Name of the replenishment plan whose planned receipts an allocation may count; blank: none. Written by Python."""

    use_receipts = t.Bool(default_value=False).tag(sync=True)
    """Whether they are counted. Written by both sides."""

    config = t.Any(None, allow_none=True, read_only=True)
    """The valid configuration, or None while anything is wrong. Not sent to the browser."""

    def __init__(self, data: PlanningData, plan_type: str = "replenishment", **traits: object) -> None:
        self._data = a_data_set(data, self)
        if plan_type not in FORM_MODELS:
            raise UnknownNameError("form", plan_type, FORM_MODELS)  # noqa: EM101 (a kind of name, not the text)
        self._model = model = FORM_MODELS[plan_type]
        self._handlers: list[Callable[[PlanSettings], object]] = []
        self.set_trait("title", model.title)
        self.set_trait("fields", [field.record() for field in form_fields(data, model)])
        self.set_trait("context", _context(data))
        self.set_trait("quality", _warnings(data))
        super().__init__(**{"values": default_values(data, model), **traits})

    def on_create(self, handler: Callable[[PlanSettings], object]) -> None:
        """Call `handler` with the configuration when Create is pressed.

        Parameters
        ----------
        handler
            What to do with a valid configuration.
        """
        self._handlers.append(handler)

    def create(self) -> PlanSettings:
        """Do what the button does, and return the configuration.

        Raises
        ------
        ConfigError
            When a setting is wrong.
        """
        checked = check_values(self.values, self._data, self._model)
        if checked.config is None:
            raise ConfigError(checked.broken_rules())
        for handler in self._handlers:
            handler(checked.config)
        return checked.config

    def answer(self, request: Request) -> Reply:
        """Take over the values as they stand in the browser, and create."""
        request.body.only("values")
        if self.busy:
            msg = "a plan is being created; cancel it first"
            raise RequestError(msg)
        self.values = dict(request.body.fields("values").values)
        self.create()
        return Reply()

    @t.observe("values")
    def _changed(self, change: Mapping[str, Any]) -> None:
        if self._followed_mode(change["old"], change["new"]):
            return
        checked = check_values(change["new"], self._data, self._model)
        self.set_trait("problems", dict(checked.problems))
        self.set_trait("size", "" if checked.config is None else _size(checked.config, self._data))
        self.set_trait("config", checked.config)
        self._write_code()

    def _followed_mode(self, before: object, now: Mapping[str, Any]) -> bool:
        """Take the proposed source away where every location gives its excess, propose it again; tell whether."""
        if not isinstance(before, dict) or "mode" not in before or before["mode"] == now.get("mode"):
            return False
        proposed = [likely_source(self._data)]
        there, wanted = (proposed, []) if now.get("mode") == "rebalance" else ([], proposed)
        if not before.get("source") == now.get("source") == there:
            return False
        self.values = {**now, "source": wanted}
        return True

    @t.observe("receipts_of", "use_receipts")
    def _write_code(self, _change: object = None) -> None:
        receipts = self.use_receipts and self.receipts_of != ""
        self.set_trait("code", "" if self.config is None else _code(self.config, self._model, receipts=receipts))

    def static_html(self) -> str:
        """Return the settings as a table and the code that makes them."""
        titles = {field["name"]: str(field["title"]) for field in self.fields}
        rows = "".join(
            f"<tr><th scope='row'>{escape(titles[name])}</th><td>{escape(_shown(value))}</td></tr>"
            for name, value in self.values.items()
            if name in titles
        )
        code = f"<pre><code>{escape(self.code)}</code></pre>" if self.code else ""
        return f"<p>{escape(self.context)}</p><table><tbody>{rows}</tbody></table>{code}"

    def __repr__(self) -> str:
        """Return whether the configuration is valid."""
        count = len(self.problems)
        state = f"{count} problem{'' if count == 1 else 's'}" if count else "valid"
        return f"ConfigForm({state})"


def _code(config: PlanSettings, model: FormModel, *, receipts: bool) -> str:
    """Return a cell that does what the form does; `data` is what the form was given."""
    lines = ["import moselle_nb as mo", "", f"config = {config_code(config)}"]
    if receipts:
        lines.append("# replenishment: the plan whose planned receipts count, made by its own lines")
    named = ", replenishment=replenishment" if receipts else ""
    return "\n".join([*lines, f"plan = {model.call}{named})", ""])


def _context(data: PlanningData) -> str:
    stock = f"Stock as of {data.as_of}: {len(data.items):,} items, {len(data.locations):,} locations"
    forecast = next((each for each in data.forecasts.values() if len(each.starts)), None)
    if forecast is None:
        return f"{stock}. No forecast."
    last = forecast.starts[-1] + np.timedelta64(int(forecast.lengths[-1]) - 1, "D")
    return f"{stock}. Forecast by {forecast.bucket}, {forecast.starts[0]} to {last}."


def _warnings(data: PlanningData) -> list[dict[str, object]]:
    columns = ("table", "rule", "count", "examples", "what_was_done")
    return [
        {name: int(value) if name == "count" else str(value) for name, value in zip(columns, row, strict=True)}
        for row in data.quality[list(columns)].itertuples(index=False, name=None)
    ]


def _size(config: PlanSettings, data: PlanningData) -> str:
    first, last = config.coverage
    rows, days = rows_in_scope(config, data), f"{(last - first).days + 1:,} days"
    if not isinstance(config, AllocationConfig):
        return f"{int(rows.sum()):,} of {data.n_rows:,} items at locations, {days}."
    items, locations = (len(np.unique(codes[rows])) for codes in (data.row_item, data.row_location))
    what = f"{items:,} item{'' if items == 1 else 's'}"
    if config.mode == "rebalance":
        return f"{what} between {locations:,} locations, {days}."
    where = f"{', '.join(config.source or ())} to {locations:,} location{'' if locations == 1 else 's'}"
    return f"{what} from {where}, {days}."


def _shown(value: object) -> str:
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_shown(each)}" for name, each in value.items())
    return ", ".join(_shown(each) for each in value) if isinstance(value, list | tuple) else str(value)
