"""The last step: what goes to which supplier, and the purchase orders."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd
import traitlets as t

from moselle_nb.exceptions import MoselleError
from moselle_nb.widgets.base import a_plan, front_end
from moselle_nb.widgets.guarded import GuardedWidget, error_text
from moselle_nb.widgets.latest import Latest
from moselle_nb.widgets.messages import Reply
from moselle_nb.widgets.order_tables import difference, notes_of, records_of, slug, static_table
from moselle_nb.widgets.planner_words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from moselle_nb.plans.document import ReplenishmentPlan
    from moselle_nb.plans.order_document import OrderDocument
    from moselle_nb.widgets.messages import Request

__all__ = ["OrdersView", "Overview", "slug"]

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS: Mapping[str, tuple[str, str, Callable[[OrderDocument], str | bytes]]] = {
    "csv": ("{papers}-{plan}.csv", "text/csv", lambda orders: orders.to_csv()),
    "excel": ("{papers}-{plan}.xlsx", EXCEL, lambda orders: orders.to_excel()),
    "html": ("{papers}-{plan}.html", "text/html", lambda orders: orders.to_html()),
    "schedule": ("{schedule}-schedule-{plan}.csv", "text/csv", lambda orders: orders.to_csv(schedule=True)),
}
"""Name, media type and content of each download; the schedule is what is not firm yet."""

BUYER = (
    "supplier", "name", "location", "order_date", "lines", "units", "value", "currency", "gap_value", "gap_units",
    "min_order_value", "min_order_quantity",
)  # fmt: skip
"""Columns of the buyer's view: what is missing to a minimum stands beside what there is."""


Overview = tuple[dict[str, Any], dict[str, Any], str, str]
"""Tables of what is due and of what comes later, the headline, and the plan's fingerprint."""


class OrdersView(GuardedWidget):
    """Show the buyer's view by supplier, generate the purchase orders and hand them out as files.

    Parameters
    ----------
    plan
        The plan to order from; assign another one after an edit.
    background
        Add up and generate in a thread, so that the kernel answers meanwhile.
    **traits
        Values of public traits.

    Examples
    --------
    >>> view = OrdersView(plan)  # doctest: +SKIP
    >>> view.generate().to_frame()  # doctest: +SKIP
    """

    noun: ClassVar[str] = "purchase order"
    """What is generated, for people."""

    words: ClassVar[Mapping[str, str]] = {
        "heading": "By supplier",
        "due": "What must go out now",
        "later": "Later dates",
        "papers": "Purchase orders",
    }
    """Headings of what is shown."""

    nothing: ClassVar[str] = "Nothing has to be ordered"
    """What is said where there is nothing to generate."""

    adding: ClassVar[str] = "Adding up what goes to each supplier…"
    """What is said while what is due is added up."""

    _esm: ClassVar[object] = front_end("orders_view.js")
    _css: ClassVar[object] = front_end("orders_view.css")
    kinds = frozenset({"generate", "download"})

    plan = t.Any()
    """The plan. Not sent to the browser; written by Python."""

    orders = t.Any(None, allow_none=True, read_only=True)
    """The orders generated last, or None. Not sent to the browser; written by Python."""

    titles: t.Dict[str, str] = t.Dict(read_only=True).tag(sync=True)
    """Headings, and the `noun` of what is generated. Written by Python."""

    days: t.List[str] = t.List(read_only=True).tag(sync=True)
    """Days up to which can be generated, where there is a choice. Written by Python."""

    due: t.Dict[str, Any] = t.Dict(read_only=True).tag(sync=True)
    """What must go out to each supplier now: `records`, `columns` and the `total` of records. Written by Python."""

    later: t.Dict[str, Any] = t.Dict(read_only=True).tag(sync=True)
    """The same for later dates, which are a schedule and not firm. Written by Python."""

    headline = t.Unicode("", read_only=True).tag(sync=True)
    """What must go out now, in one line. Written by Python."""

    documents: t.Dict[str, Any] = t.Dict(read_only=True).tag(sync=True)
    """The generated orders, one record each: `records` and how many there are. Written by Python."""

    notes: t.List[str] = t.List(read_only=True).tag(sync=True)
    """What is to be said about the generated orders: below a minimum, without a supplier. Written by Python."""

    said = t.Unicode("", read_only=True).tag(sync=True)
    """What generating did, in one line. Written by Python."""

    stale = t.Bool(default_value=False, read_only=True).tag(sync=True)
    """Whether the plan has changed since the orders were generated. Written by Python."""

    working = t.Unicode("", read_only=True).tag(sync=True)
    """What is being worked out; blank when all is current. Written by Python."""

    def __init__(self, plan: Any, *, background: bool = False, **traits: object) -> None:
        self._overview: Latest[Overview] = Latest(self._show, background=background)
        self._making: Latest[OrderDocument] = Latest(self._made, background=background)
        self.set_trait("titles", {**self.words, "noun": self.noun})
        for name in ("due", "later", "documents"):
            self.set_trait(name, records_of(pd.DataFrame()))
        super().__init__(plan=plan, **traits)

    def generate(self, until: str | None = None) -> OrderDocument:
        """Do what the button does, and return the orders; generating again creates nothing twice.

        Parameters
        ----------
        until
            Day up to which lines are firm; what must go out now when left out.
        """
        self._made(self.papers(self.plan, until), None)
        orders: OrderDocument = self.orders
        return orders

    def papers(self, plan: Any, until: str | None) -> OrderDocument:
        """Return the orders of a plan."""
        orders: OrderDocument = plan.generate_orders() if until is None else plan.generate_orders(until)
        return orders

    def overview(self, plan: Any) -> Overview:
        """Return what is due, what comes later, both in one line, and the fingerprint of the plan."""
        return _overview(plan)

    def days_of(self, plan: Any) -> list[str]:  # noqa: ARG002 (orders have no choice of days)
        """Return the days up to which can be generated."""
        return []

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until what is worked out in the background is there; tell whether it is.

        Parameters
        ----------
        timeout
            Seconds; None waits as long as it takes.
        """
        return self._overview.wait(timeout) and self._making.wait(timeout)

    def answer(self, request: Request) -> Reply:
        """Generate, or hand out the orders as a file."""
        if request.kind == "generate":
            request.body.only("until")
            until = request.body.choice("until", tuple(self.days)) if "until" in request.body else None
            plan = self.plan
            self.set_trait("working", f"Generating {self.noun}s…")
            self._making.ask(lambda: self.papers(plan, until))
            return Reply()
        request.body.only("format")
        name = request.body.choice("format", tuple(FORMATS))
        if self.orders is None:
            msg = "there are no orders yet; generate them first"
            raise MoselleError(msg)
        pattern, media_type, write = FORMATS[name]
        content = write(self.orders)
        data = content if isinstance(content, bytes) else content.encode()
        noun = self.noun.split()
        file = pattern.format(papers=f"{'-'.join(noun)}s", schedule=noun[-1], plan=slug(self.plan.config.name))
        return Reply({"file": file, "type": media_type}, buffers=[data])

    @t.validate("plan")
    def _a_plan(self, proposal: Mapping[str, Any]) -> Any:
        return self.checked(proposal["value"])

    def checked(self, plan: object) -> Any:
        """Return a plan of the kind that is shown; anything else is refused."""
        return a_plan(plan, self)

    @t.observe("plan")
    def _changed(self, change: Mapping[str, Any]) -> None:
        plan = change["new"]
        self.set_trait("days", self.days_of(plan))
        self.set_trait("working", self.adding)
        self._overview.ask(lambda: self.overview(plan))

    def _show(self, overview: Overview | None, error: Exception | None) -> None:
        due, later, headline, fingerprint = overview or (records_of(pd.DataFrame()), records_of(pd.DataFrame()), "", "")
        with self.hold_sync():
            self.set_trait("due", due)
            self.set_trait("later", later)
            self.set_trait("headline", headline)
            self.set_trait("stale", self.orders is not None and self.orders.fingerprint != fingerprint)
            self.set_trait("working", "")
            self.problem = error_text(error, "The orders could not be added up.")

    def _made(self, made: OrderDocument | None, error: Exception | None) -> None:
        before: OrderDocument | None = self.orders
        with self.hold_sync():
            if made is not None:
                self.set_trait("orders", made)
                self.set_trait("documents", records_of(made.headers))
                self.set_trait("notes", notes_of(made.messages))
                old = None if before is None else before.to_frame()
                self.set_trait("said", difference(old, made.to_frame(), self.noun, self.nothing))
                self.set_trait("stale", made.fingerprint != self.plan.fingerprint)
            self.set_trait("working", "")
            self.problem = error_text(error, "The orders could not be generated.")

    def static_html(self) -> str:
        """Return the orders, or what goes to each supplier while there are none."""
        table = self.documents if self.documents["total"] else self.due
        return static_table("", table) or f"<p>{escape(self.nothing)} in this period.</p>"

    def __repr__(self) -> str:
        """Return the number of orders."""
        count = self.documents["total"]
        noun = self.noun.split()[-1]
        return f"{type(self).__name__}({count:,} {noun}{'' if count == 1 else 's'})"


def _overview(plan: ReplenishmentPlan) -> Overview:
    frame = plan.by_supplier
    gaps = ["gap_value", "gap_units"]
    frame = frame.assign(**{name: frame[name].where(frame[name] > 0) for name in gaps})
    now = frame["now"].to_numpy(dtype=bool)
    due, later = frame[now], frame[~now]
    return records_of(due[list(BUYER)]), records_of(later[list(BUYER)]), _headline(due), plan.fingerprint


def _headline(due: pd.DataFrame) -> str:
    """Say what must go out now; amounts of different currencies stand side by side."""
    if due.empty:
        return "Nothing has to go out now."
    amounts = due.groupby(due["currency"].fillna(""))["value"].sum(min_count=1).dropna()
    worth = " + ".join(f"{amount:,.2f} {currency}".strip() for currency, amount in amounts.items())
    unpriced = int(due["value"].isna().sum())
    short = int(((due["gap_value"] > 0) | (due["gap_units"] > 0)).sum())
    parts = [
        f"{counted(len(due), 'purchase order')} must go out now",
        f"worth {worth}" if worth else "",
        f"{unpriced:,} without a value" if unpriced else "",
        f"{short:,} below a minimum of the supplier" if short else "",
    ]
    return f"{', '.join(part for part in parts if part)}."
