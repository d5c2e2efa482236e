"""What the document cannot say: what gets requests past the rules that only the server knows. Writes down what is sent."""

import atexit
import hashlib
import json
import os
import re
import unicodedata
import uuid

import schemathesis
from schemathesis.core import NotSet


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


def text_of(case):
    """The request, as a text that is the same in every run."""
    headers = sorted(case.headers.items())
    # What stands for none says where in memory it is.
    body = None if isinstance(case.body, NotSet) else case.body
    return repr((case.method, case.operation.path, case.path_parameters, case.query, headers, body))


# Phase -> how many requests, and a digest of them in their order.
sent = {}


def write_down():
    with open(os.environ["FUZZ_SENT"], "w") as file:
        json.dump({phase: [count, digest.hexdigest()[:12]] for phase, (count, digest) in sent.items()}, file)


if "FUZZ_SENT" in os.environ:
    atexit.register(write_down)


@schemathesis.hook
def before_call(ctx, case, kwargs):
    prepare(case)
    phase = str(case.meta.phase.name.value) if case.meta is not None else "none"
    count, digest = sent.get(phase, (0, hashlib.sha256()))
    digest.update(text_of(case).encode("utf-8", "surrogatepass"))
    sent[phase] = (count + 1, digest)


def prepare(case):
    given = text_of(case)
    # Between 0 and 1, and the same for the same request: what is drawn anew would make every run another one.
    draw = int.from_bytes(hashlib.sha256(given.encode("utf-8", "surrogatepass")).digest()[:4]) / 2**32
    # A key names one request; used again for another one, it is refused.
    if re.fullmatch(r"[\x21-\x7e]{1,255}", str(case.headers.get("Idempotency-Key", ""))):
        case.headers["Idempotency-Key"] = str(uuid.uuid5(uuid.NAMESPACE_URL, given.encode("utf-8", "replace").decode()))
    if not is_positive(case):
        return
    method, path = case.method.upper(), case.operation.path
    body = case.body if isinstance(case.body, dict) else {}
    if path == "/v1/products/{product}" and method != "GET":
        for variant in body.get("variants") or []:
            if isinstance(variant, dict) and isinstance(variant.get("prices"), dict):
                variant["prices"].setdefault("EUR", 100)
        if method == "PUT" and draw < 0.5 and isinstance(body.get("slug"), str):
            case.headers.pop("If-Match", None)
            case.headers["If-None-Match"] = "*"
            case.path_parameters["product"] = body["slug"]
        elif draw < 0.9:
            case.headers.pop("If-None-Match", None)
            case.headers["If-Match"] = "*"
        if body.get("categories"):
            body["categories"] = ["lamps"]
    elif path in ("/v1/products", "/v1/search") and method == "GET":
        (case.query or {}).pop("cursor", None)
    elif path == "/v1/products:bulk":
        case.headers.pop("If-Match", None)
