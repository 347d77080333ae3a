"""Expected lost sales: demand that stock does not reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from moselle_nb.engines.position import FloatArray

__all__ = ["expected_lost_units"]

ROOT_TWO_PI = 2.5066282746310002


def expected_lost_units(mean: FloatArray, sd: FloatArray, stock: FloatArray) -> FloatArray:
    r"""Return the demand beyond stock that is expected.

    .. math:: E[(D - x)^+] = \sigma \, (\varphi(z) - z \, (1 - \Phi(z))), \quad z = (x - \mu) / \sigma

    for normal demand [1]_; :math:`(\mu - x)^+` where there is no deviation.

    Parameters
    ----------
    mean, sd
        Of demand, in units.
    stock
        What may serve it, in units.

    References
    ----------
    .. [1] Snyder and Shen (2019), *Fundamentals of Supply Chain Theory*, 2nd ed., appendix C.

    Examples
    --------
    >>> import numpy as np
    >>> expected_lost_units(np.array([10.0, 10.0]), np.array([0.0, 5.0]), np.array([8.0, 10.0])).round(3)
    array([2.   , 1.995])
    """
    from scipy.special import ndtr

    z = (stock - mean) / np.where(sd > 0, sd, 1.0)
    normal = sd * (np.exp(z * z * -0.5) / ROOT_TWO_PI - z * ndtr(-z))
    return np.where(sd > 0, np.maximum(normal, 0.0), np.maximum(mean - stock, 0.0))
