"""A widget whose browser side writes only the traits that are its to write."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from moselle_nb.exceptions import MoselleError
from moselle_nb.widgets.base import MoselleWidget

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["GuardedWidget", "error_text"]


class GuardedWidget(MoselleWidget):
    """Take from the browser what `accepts` names and nothing else: `read_only` does not bind it."""

    accepts: ClassVar[frozenset[str]] = frozenset()
    """Names of the traits that the browser may write."""

    def set_state(self, sync_data: Mapping[str, object]) -> None:
        """Take over what the browser may write.

        Parameters
        ----------
        sync_data
            Values by trait, as they arrived.
        """
        super().set_state({name: value for name, value in sync_data.items() if name in self.accepts})


def error_text(error: Exception | None, what: str) -> str:
    """Say what went wrong, for the widget that shows it: our own errors as they are, faults with their kind.

    Parameters
    ----------
    error
        What ended the work; None gives a blank text.
    what
        What could not be done, as a sentence.
    """
    if error is None:
        return ""
    return str(error) if isinstance(error, MoselleError) else f"{what} {type(error).__name__}: {error}"
