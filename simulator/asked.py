"""Reading what a caller asked, and refusing it in a sentence."""

import json
from typing import Any

from flask import Response, jsonify, request


class Refused(Exception):
    """The request cannot be done; `status` is its HTTP status."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


def refused(problem: Refused) -> tuple[Response, int]:
    """The answer to such a request."""
    return jsonify(error=str(problem)), problem.status


def object_asked(*, may_be_empty: bool = False) -> dict[str, Any]:
    """The body as a JSON object of proper Unicode."""
    body = request.get_data()
    if may_be_empty and not body.strip():
        return {}
    try:
        value = json.loads(body.decode("utf-8"))
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Refused("the body must be a JSON object in UTF-8") from None
    if not isinstance(value, dict):
        raise Refused("the body must be a JSON object")
    return value


def number_asked(name: str, most: float) -> float:
    """A number of the query, from 0; larger ones are cut to `most`, a missing one is 0."""
    try:
        value = float(request.args.get(name, "0"))
    except ValueError:
        value = -1.0
    if not value >= 0:  # NaN is refused too
        raise Refused(f"{name} must be a number from 0")
    return min(value, most)
