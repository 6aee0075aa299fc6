"""The OpenAPI document: made from the code, complete, and consistent in itself."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from console.case_commands import COMMANDS as CASE_COMMANDS
from console.need_commands import COMMANDS as NEED_COMMANDS


@pytest.fixture
def document(stranger: FlaskClient) -> dict[str, Any]:
    answer = stranger.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def test_every_address_of_the_interface_is_described_and_nothing_else(app: Flask, document: dict[str, Any]) -> None:
    rules = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.endpoint != "api_document.show"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(path, method) for path, method, _ in operations(document)} == rules


def test_the_commands_are_listed(document: dict[str, Any]) -> None:
    def commands(path: str) -> list[str]:
        parameters = document["paths"][path]["post"]["parameters"]
        listed: list[str] = next(one for one in parameters if one["name"] == "command")["schema"]["enum"]
        return listed

    assert commands("/api/v1/cases/{id}/{command}") == [str(command) for command in CASE_COMMANDS]
    assert commands("/api/v1/needs/{number}/{command}") == [str(command) for command in NEED_COMMANDS]


def test_every_reference_leads_somewhere_and_every_path_parameter_is_declared(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"]
    for reference in re.findall(r'"\$ref": ?"([^"]+)"', str(document).replace("'", '"')):
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    for path, method, operation in operations(document):
        declared = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", path)), (method, path)
        assert any(status.startswith("2") for status in operation["responses"]), (method, path)
        for status, response in operation["responses"].items():
            assert re.fullmatch(r"[1-5]\d\d", status), (method, path)
            assert "description" in response, (method, path)


def test_everything_but_the_door_asks_for_a_token_and_says_how_it_refuses(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"]["bearer"] == {"type": "http", "scheme": "bearer"}
    for path, method, operation in operations(document):
        if path == "/api/v1/tokens":
            assert not operation.get("security")
            continue
        assert operation["security"] == [{"bearer": []}], (method, path)
        for status in ("401", "403", "404", "409", "422"):
            schema = operation["responses"][status]["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Problem"}, (method, path, status)


def test_commands_say_that_they_take_an_idempotency_key(document: dict[str, Any]) -> None:
    for path, _, operation in operations(document):
        if path.endswith("{command}"):
            headers = [one["name"] for one in operation["parameters"] if one["in"] == "header"]
            assert headers == ["Idempotency-Key"]
