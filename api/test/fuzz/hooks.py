"""What the document cannot say: what gets requests past the rules that only the server knows."""

import json
import random
import re
import unicodedata
import uuid

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def ndjson(ctx, value):
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return json.dumps(value).encode()


def is_positive(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


def is_kept_as_sent(value):
    """Whether no text in the value is trimmed or composed: lengths count as it is kept."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value).strip() == value and not set(value) & set("\u200b\u2060\ufeff")
    if isinstance(value, dict):
        return all(is_kept_as_sent(key) and is_kept_as_sent(item) for key, item in value.items())
    return all(map(is_kept_as_sent, value)) if isinstance(value, list) else True


# Of the connection and of the message: no document names them.
MESSAGE_HEADERS = {"connection", "content-length", "content-type", "date", "keep-alive", "transfer-encoding"}


@schemathesis.check
def documented_headers(ctx, response, case):
    """The tool's own check misses headers that an answer has and the document has not."""
    definition = case.operation.responses.find_by_status_code(response.status_code)
    if definition is None:
        return
    known = MESSAGE_HEADERS | {name.lower() for name, _ in definition.headers.items()}
    extra = sorted({name.lower() for name in response.headers} - known)
    assert not extra, f"Undocumented header: {', '.join(extra)}"


@schemathesis.hook
def filter_case(ctx, case):
    return is_positive(case) or (is_kept_as_sent(case.body) and is_kept_as_sent(case.query))


@schemathesis.hook
def before_call(ctx, case, kwargs):
    # A key names one request; used again for another one, it is refused.
    if re.fullmatch(r"[\x21-\x7e]{1,255}", str(case.headers.get("Idempotency-Key", ""))):
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    if not is_positive(case):
        return
    method, path = case.method.upper(), case.operation.path
    body = case.body if isinstance(case.body, dict) else {}
    if path == "/v1/products/{product}" and method != "GET":
        for variant in body.get("variants") or []:
            if isinstance(variant, dict) and isinstance(variant.get("prices"), dict):
                variant["prices"].setdefault("EUR", 100)
        if method == "PUT" and random.random() < 0.5 and isinstance(body.get("slug"), str):
            case.headers.pop("If-Match", None)
            case.headers["If-None-Match"] = "*"
            case.path_parameters["product"] = body["slug"]
        elif random.random() < 0.8:
            case.headers.pop("If-None-Match", None)
            case.headers["If-Match"] = "*"
        if body.get("categories"):
            body["categories"] = ["lamps"]
    elif path in ("/v1/products", "/v1/search") and method == "GET":
        (case.query or {}).pop("cursor", None)
    elif path == "/v1/products:bulk":
        case.headers.pop("If-Match", None)
