"""The OpenAPI 3.1 document, made of the operations and their models (rule: http)."""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from loaders.app.auth import SESSION_COOKIE
from loaders.app.endpoint import Operation
from loaders.app.models import ErrorAnswer

Schema = dict[str, Any]
Key = tuple[type[BaseModel], JsonSchemaMode]

VERSION = "1.0.0"
REF = "#/components/schemas/{model}"
BASIC: list[dict[str, list[str]]] = [{"basic": []}]
SESSION: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]
SECURITY = {"basic": BASIC, "session": SESSION, "none": []}
SCHEMES = {
    "basic": {"type": "http", "scheme": "basic"},
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
}
INVALID = "`INVALID_REQUEST`, with the path of the fault."
UNAUTHORIZED = "`UNAUTHORIZED`: credentials are missing or wrong."
TOO_LARGE = "`REQUEST_TOO_LARGE`: at most {limit:,} bytes."
WRONG_TYPE = "`UNSUPPORTED_MEDIA_TYPE`: the body is not sent as application/json."
UNAVAILABLE = "`CDP_UNAVAILABLE`: MongoDB does not answer; try again later."
UNFORESEEN = "`INTERNAL_ERROR`."


def document(operations: Sequence[Operation]) -> Schema:
    """Return the OpenAPI document of some operations."""
    keys = sorted({key for operation in operations for key in _keys(operation)}, key=str)
    references, definitions = models_json_schema(keys, ref_template=REF)
    paths: Schema = {}
    for operation in operations:
        for number, path in enumerate(operation.paths):
            described = _operation(operation, references, suffix="AtGateway" if number else "")
            paths.setdefault(path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "CRM activity migration", "version": VERSION},
        "paths": paths,
        "components": {"schemas": definitions["$defs"], "securitySchemes": SCHEMES},
    }


def _keys(operation: Operation) -> Iterator[Key]:
    yield ErrorAnswer, "serialization"
    yield operation.answer, "serialization"
    for asked in (operation.body, operation.query):
        if asked:
            yield asked, "validation"


def _operation(operation: Operation, references: Any, suffix: str) -> Schema:
    described: Schema = {
        "operationId": operation.name + suffix,
        "summary": operation.summary,
        "description": operation.description,
        "security": SECURITY[operation.auth],
        "responses": {
            str(operation.status): _response("Done.", references, operation.answer),
            **{
                str(status): _response(meaning, references, ErrorAnswer)
                for status, meaning in sorted(_errors(operation).items())
            },
        },
    }
    if operation.query:
        described["parameters"] = _parameters(operation.query)
    if operation.body:
        content = {"application/json": {"schema": references[operation.body, "validation"]}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _errors(operation: Operation) -> dict[int, str]:
    """Return every status but success, with what it means."""
    found: dict[int, str] = {500: UNFORESEEN, 503: UNAVAILABLE}
    if operation.auth != "none":
        found[401] = UNAUTHORIZED
    if operation.query or operation.body:
        found[400] = INVALID
    if operation.body:
        found |= {413: TOO_LARGE.format(limit=operation.limit), 415: WRONG_TYPE}
    return found | dict(operation.errors)


def _response(meaning: str, references: Any, model: type[BaseModel]) -> Schema:
    schema = references[model, "serialization"]
    return {"description": meaning, "content": {"application/json": {"schema": schema}}}


def _parameters(model: type[BaseModel]) -> list[Schema]:
    schema = model.model_json_schema()
    return [
        {"name": name, "in": "query", "required": name in schema["required"], "schema": described}
        for name, described in schema["properties"].items()
    ]
