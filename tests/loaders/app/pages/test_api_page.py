"""The API's page tells what the OpenAPI document tells (rule: http)."""

import re

import httpx

from tests.loaders.app.conftest import Service


def test_every_endpoint_shape_and_answer_is_there(service: Service) -> None:
    """With links that lead somewhere, and no backtick left."""
    with httpx.Client(base_url=service.url) as client:
        page, api = client.get("/api").text, client.get("/openapi.json").json()
    ids = set(re.findall(r'id="(\w+)"', page))
    assert set(re.findall(r'href="#(\w+)"', page)) <= ids | {"content"}
    assert set(api["components"]["schemas"]) <= ids
    for path, methods in api["paths"].items():
        assert f"{path}</code>" in page
        for told in methods.values():
            assert told["operationId"].removesuffix("AtGateway") in ids
    assert "`" not in page
