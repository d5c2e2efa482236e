"""What users of the generated Python client do; run by test/clients/clients.test.ts, which generates the package `catalog` beside it."""

import os

from catalog.api.catalogue import get_product, list_products, search_products
from catalog.api.writing import delete_product, patch_product, put_product, upsert_variants
from catalog.client import AuthenticatedClient
from catalog.models import (
    BulkRequest,
    BulkRowInput,
    Item,
    PreconditionFailedProblem,
    Prices,
    PricesPatch,
    ProductInput,
    ProductPatch,
    RowStatus,
    Sort,
    VariantInput,
)
from catalog.types import UNSET

client = AuthenticatedClient(
    base_url=os.environ["BASE_URL"], token=os.environ["API_KEY"], raise_on_unexpected_status=True
)

SLUGS = ["py-a", "py-b", "py-c"]
for slug in SLUGS:
    body = ProductInput(
        slug=slug,
        name=f"Lamp {slug}",
        brand="Snake",
        variants=[VariantInput(sku=slug.upper(), prices=Prices.from_dict({"EUR": 4900}))],
    )
    made = put_product.sync_detailed(slug, client=client, body=body, if_none_match="*")
    assert made.status_code == 201, made

items, cursor = [], UNSET
while cursor is not None:
    page = list_products.sync(client=client, brand=["Snake"], sort=Sort.PRICE_ASCENDING, limit=2, cursor=cursor)
    items += page.items
    cursor = page.next_cursor
assert all(isinstance(item, Item) for item in items)
assert [(item.slug, item.price.amount) for item in items] == [(slug, 4900) for slug in SLUGS]
assert len(search_products.sync(client=client, q="lamp").items) >= 3

read = get_product.sync_detailed("py-a", client=client)
etag = read.headers["ETag"]
changed = patch_product.sync("py-a", client=client, body=ProductPatch(name="Changed"), if_match=etag)
assert changed.name == "Changed"
stale = patch_product.sync("py-a", client=client, body=ProductPatch(name="Again"), if_match=etag)
assert isinstance(stale, PreconditionFailedProblem) and stale.status == 412

rows = [BulkRowInput(sku="PY-A", prices=PricesPatch.from_dict({"EUR": 3900})), BulkRowInput(sku="PY-NEW")]
batch = upsert_variants.sync(client=client, body=BulkRequest(rows=rows))
assert [row.status for row in batch.results] == [RowStatus.UPDATED, RowStatus.FAILED], batch

# The generator knows no NDJSON: its HTTP client sends the lines, its models read the answer.
import json

lines = "".join(json.dumps(row.to_dict()) + "\n" for row in rows)
answer = client.get_httpx_client().put(
    "/v1/products:bulk", content=lines, headers={"Content-Type": "application/x-ndjson"}
)
assert answer.json()["unchanged"] == 1, answer.text

for slug in SLUGS:
    assert delete_product.sync_detailed(slug, client=client, if_match="*").status_code == 204
print("done")
