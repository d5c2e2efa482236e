import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { exportedRows } from "../../../dev/export.ts";
import { madeSku } from "../../../dev/import/formats/made-sku.ts";
import type { BulkRow } from "../../../src/writes/schemas.ts";
import { API_KEY } from "../../support/api.ts";
import { importText, startImports } from "./support.ts";

/** What the world's tools write otherwise than it is meant: each is taken as meant, and the same again the second time. */

const { api, url, folder } = await startImports();

const SHOPIFY = "Handle,Title,Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Price";
const WOO = "ID,Type,SKU,Name,Brands,Published,Regular price";
const OWN = "sku,prices.EUR,product.slug,product.name,product.brand";
const rss = (members: string, head = '<rss xmlns:g="http://base.google.com/ns/1.0">') =>
  `${head}<channel><item><g:id>A</g:id><g:price>1.00 EUR</g:price><g:brand>B</g:brand>${members}</item></channel></rss>`;

const json = (sku: string) =>
  JSON.stringify({ sku, prices: { EUR: 1 }, product: { slug: sku.toLowerCase(), name: sku, brand: "B" } });

type Rows = BulkRow[];
const skus = (rows: Rows) => rows.map(({ sku }) => sku);
const products = (rows: Rows) => [...new Set(rows.map(({ product }) => product!.slug))];
const only =
  <T>(of: (row: BulkRow) => T) =>
  (rows: Rows) =>
    rows.map(of);

const CASES: [what: string, content: string, of: (rows: Rows) => unknown, expected: unknown][] = [
  [
    "text that a spreadsheet shall leave alone",
    `${OWN}\n="0012",1,a,"=""5"""" wide""",B\n"=""0013""",1,b,"=""a""b",B`,
    only(({ sku, product }) => [sku, product!.name]),
    [
      ["0012", '5" wide'],
      ["0013", '="a"b'],
    ],
  ],
  [
    "rows below a product without its handle",
    `${SHOPIFY}\nh,H,B,Size,S,S-1,1\n,,,,M,S-2,1\n,I,B,,,S-3,1\n,J,B,,,S-4,1`,
    (rows) => [products(rows), rows.map(({ attributes }) => attributes!.Size)],
    [
      ["h", "i", "j"],
      ["S", "M", undefined, undefined],
    ],
  ],
  [
    "a handle in other case",
    `${SHOPIFY}\nMy-Tee,H,B,Size,S,S-1,1\nmy-tee,,,,M,S-2,1`,
    (rows) => [products(rows), rows.map(({ attributes }) => attributes!.Size)],
    [["my-tee"], ["S", "M"]],
  ],
  [
    "a draft of which WooCommerce says that each variation is one",
    `${WOO},Parent\n1,variable,p,P,B,-1,,\n2,variation,v,P - Red,,-1,1,p`,
    only(({ sku, product }) => [sku, product!.status]),
    [["v", "draft"]],
  ],
  [
    "a sale price that is none",
    `${WOO},Sale price,Date sale price starts\n1,simple,A,L,B,1,5,7,2026-11-27\n2,simple,C,M,B,1,5,5,\n3,simple,D,N,B,1,5,4.99,`,
    only(({ sales }) => sales!.length),
    [0, 0, 1],
  ],
  [
    "Google's times, in each spelling of ISO 8601; a day alone is a whole one",
    `id\ttitle\tbrand\tlink\tprice\tsale_price\tsale_price_effective_date\n${[
      "2026-11-27T01:00+0100/2026-11-28T00:59:59+01:00",
      "2026-11-27 00:00:00.000Z / 2026-11-28T00:59:59.000+01",
      "2026-11-27/2026-11-27",
    ]
      .map((period, at) => `A${at}\tL${at}\tB\thttps://a.example\t5 EUR\t4 EUR\t${period}`)
      .join("\n")}`,
    only(({ sales }) => sales!.map(({ from, to }) => `${from} ${to}`).join()),
    Array(3).fill("2026-11-27T00:00:00.000Z 2026-11-27T23:59:59.000Z"),
  ],
  [
    "Google's sale price that is none, and one in another currency",
    "id\ttitle\tbrand\tlink\tprice\tsale_price\nA\tL\tB\thttps://a.example\t5 EUR\t6 EUR\nC\tM\tB\thttps://a.example\t5 EUR\t6 SEK",
    only(({ sales }) => sales!.length),
    [0, 1],
  ],
  [
    "rows of a product in two places",
    `${SHOPIFY}\nh,H,B,,,S-1,1\ni,I,B,,,S-2,1\nh,,,,,S-3,1`,
    (rows) => [products(rows), skus(rows).toSorted()],
    [
      ["h", "i"],
      ["S-1", "S-2", "S-3"],
    ],
  ],
  [
    "variants without a SKU, whose values have no letters or digits in common spelling",
    `${SHOPIFY}\n${"h".repeat(70)},H,B,Size,S,,1\n${"h".repeat(70)},,,,M,,1\ni,I,B,Grade,A+,,1\ni,,,,A,,1\nj,J,B,Title,Default Title,,1`,
    (rows) => [new Set(skus(rows)).size, skus(rows).at(-1), skus(rows).every((sku) => sku.length <= 64)],
    [5, "j", true],
  ],
  [
    "a variant without a SKU, which is the same one whatever other variants and products there are",
    `${SHOPIFY}\nh,H,B,Size,A,,1\nh,,,,A+,,1\nh,,,,★,,1\nh,,,,38,,1\nh,,,,38.5,,1\nh-a,I,B,Size,38,,1`,
    skus,
    ["h/a", "h/a+", "h/★", "h/38", "h/38.5", "h-a/38"],
  ],
  [
    "a variant without a SKU, before another joins it whose name reads alike",
    `${SHOPIFY},Option2 Name,Option2 Value\nh,H,B,Color,Navy Blue,,1,,\ni,I,B,Color,Navy Blue,,1,,\ni,,,,navy-blue,,1,,\nj,J,B,Size,M,,1,Color,Navy Blue`,
    (rows) => skus(rows).map((sku) => sku.replace(/-[0-9a-f]{8}$/, "-…")),
    ["h/navy-blue", "i/navy-blue", "i/navy-blue-…", "j/m-navy-blue"],
  ],
  [
    "WooCommerce's line breaks, and a path that looks like one",
    `${WOO},Description\n1,simple,A,L,B,1,1,"one\\ntwo C:\\\\new"`,
    only(({ product }) => product!.description),
    ["one\ntwo C:\\new"],
  ],
  [
    "WooCommerce's types and parents, which its own import reads without case",
    `${WOO},Parent\n7,Variable,Tee,L,B,1,,\n8,Variation,V-1,L - 1,,1,1,tee\n9,VARIATION,V-2,L - 2,,1,1,ID: 7`,
    (rows) => [products(rows), skus(rows).toSorted()],
    [["tee"], ["V-1", "V-2"]],
  ],
  ["values behind the last column that has a name", `${OWN},,\nA,1,a,L,B,note,\nC,1,c,M,B`, skus, ["A", "C"]],
  ["a list with blanks before it", `\n\t [${json("A")}]`, skus, ["A"]],
  [
    "files that were put together, each with a byte order mark",
    `\ufeff${json("A")}\n\ufeff${json("B")}`,
    skus,
    ["A", "B"],
  ],
  [
    "WooCommerce's apostrophe before what looks like a formula",
    `${WOO}\n1,simple,'-A,'=B,'n B,'-1,1`,
    only(({ sku, product }) => [sku, product!.name, product!.brand, product!.status]),
    [["-A", "=B", "'n B", "draft"]],
  ],
  [
    "what waits for a review, or is hidden, is not sold",
    `${WOO},Visibility in catalog\n1,simple,A,L,B,2,1,visible\n2,simple,C,M,B,1,1,hidden\n3,simple,D,N,B,1,1,search`,
    only(({ product }) => product!.status),
    ["draft", "draft", "published"],
  ],
  [
    "WooCommerce's times and lists",
    `${WOO},Sale price,Date sale price starts,Images,Attribute 1 name,Attribute 1 value(s)\n1,simple,A,L,B,1,2,1,2026-11-27 0:00:00,"https://a.example/1\\,2.jpg, https://a.example/3,4.jpg",Wool,"Merino\\, fine"`,
    only(({ sales, product, attributes }) => [
      sales![0]!.from,
      product!.images!.map(({ url }) => url),
      { ...attributes, ...product!.attributes },
    ]),
    [
      [
        "2026-11-27T00:00:00.000Z",
        ["https://a.example/1,2.jpg", "https://a.example/3,4.jpg"],
        { Wool: "Merino, fine" },
      ],
    ],
  ],
  ...["12.50 EUR", "EUR 12.50", "12,50 eur", "EUR12.50", "12.50 €"].map((price): (typeof CASES)[number] => [
    `Google's price ${price}`,
    `id\ttitle\tbrand\tlink\tprice\nA\tL\tB\thttps://a.example\t${price}`,
    only(({ prices }) => prices),
    [{ EUR: 1_250 }],
  ]),
  [
    "a feed with members of RSS beside Google's",
    rss(
      "<title>Plain</title><g:title>Google's</g:title><description>D</description><g:description>D</g:description>",
    ),
    only(({ product }) => [product!.name, product!.description]),
    [["Google's", "D"]],
  ],
  [
    "Atom's own id and summary",
    `<feed xmlns:g="http://base.google.com/ns/1.0"><entry><id>tag:1</id><g:id>A</g:id><title>T</title><link href="https://a.example"/><summary>S</summary><g:price>1 EUR</g:price><g:brand>B</g:brand></entry></feed>`,
    only(({ sku, product }) => [sku, product!.name, product!.description]),
    [["A", "T", "S"]],
  ],
  [
    "another prefix for Google's namespace",
    rss("<title>T</title>", '<rss xmlns:ns0="http://base.google.com/ns/1.0">').replaceAll("g:", "ns0:"),
    skus,
    ["A"],
  ],
  [
    "a feed whose texts are web pages",
    rss("<title>T</title><g:description><![CDATA[<html><body>D</body></html>]]></g:description>"),
    skus,
    ["A"],
  ],
  [
    "a formula that failed in a column of which nothing is made",
    `${SHOPIFY},Margin\nh,H,B,,,S-1,1,#DIV/0!`,
    skus,
    ["S-1"],
  ],
  [
    "pictures with a comma too many",
    `${WOO},Images\n1,simple,A,L,B,1,5,"https://a.example/1.jpg, "`,
    only(({ product }) => product!.images!.map(({ url }) => url)),
    [["https://a.example/1.jpg"]],
  ],
];

test("options that differ in more than case make SKUs that differ", () => {
  const values = [
    "a",
    "b",
    "a b",
    "a-b",
    "b a",
    "a  b",
    "a\u00a0b",
    "a - b",
    "-a",
    "a-",
    "a b a",
    "a-b a",
    "a b-a",
    "a+",
  ];
  const products = [
    values.map((one) => [one]),
    values.flatMap((one) => values.map((other) => [one, other])),
    values.flatMap((one) => values.flatMap((other) => values.map((third) => [one, other, third]))),
  ];
  for (const variants of products) {
    const made = variants.map((options) => madeSku("h", options));
    assert.equal(new Set(made).size, variants.length);
  }
});

test("what tools write otherwise than it is meant is taken as meant", async () => {
  const wrong: unknown[] = [];
  for (const [what, content, of, expected] of CASES) {
    await api.client.query("DELETE FROM products");
    api.app.catalogChanged(["*"]);
    const take = () => importText(folder, content, { url, key: API_KEY });
    const { failed, created, errors } = await take();
    const rows: Rows = [];
    for await (const row of exportedRows({ url, key: API_KEY, signal: new AbortController().signal }))
      rows.push(row);
    const again = await take();
    const isRepeated = again.created === 0 && again.updated === 0 && again.unchanged === created;
    if (failed > 0 || !isRepeated || !isDeepStrictEqual(of(rows), expected))
      wrong.push({ what, errors, again, is: of(rows), expected });
  }
  assert.deepEqual(wrong, []);
});

test("a sale that a shop has ended is over, and a file without the column ends none", async () => {
  const shopify = (was: string) => `${SHOPIFY},Variant Compare At Price\nh,H,B,,,A,100,${was}`;
  const woo = (sale: string) => `${WOO},Sale price\n1,simple,A,L,B,1,100,${sale}`;
  const google = (sale: string) =>
    `id\ttitle\tbrand\tlink\tprice\tsale_price\nA\tL\tB\thttps://a.example\t100 EUR\t${sale}`;
  const wrong: unknown[] = [];
  for (const [onSale, ...over] of [
    [shopify("120"), shopify(""), shopify("100")],
    [woo("80"), woo(""), woo("100")],
    [google("80 EUR"), google(""), google("100 EUR")],
  ] as const) {
    for (const content of over) {
      await api.client.query("DELETE FROM products");
      api.app.catalogChanged(["*"]);
      const sales: unknown[] = [];
      for (const text of [onSale, `${OWN}\nA,10000,a,A,B`, content]) {
        await importText(folder, text, { url, key: API_KEY });
        for await (const row of exportedRows({ url, key: API_KEY, signal: new AbortController().signal }))
          sales.push(row.sales?.length);
      }
      if (!isDeepStrictEqual(sales, [1, 1, 0])) wrong.push({ content, sales });
    }
  }
  assert.deepEqual(wrong, []);
});

test("a line that is too long for a row is refused, and the others go on", async () => {
  const row = (sku: string, description: string) => `${sku},1,${sku},${sku},B,${description}`;
  const long = "x".repeat(9_000_000);
  for (const text of [long, `"${long}"`, `"a\n${long}"`]) {
    await api.client.query("DELETE FROM products");
    const { created, failed, errors } = await importText(
      folder,
      [`${OWN},product.description`, row("a", "A"), row("b", text), row("c", "C")].join("\n"),
      { url, key: API_KEY },
    );
    assert.ok(created === 2 && failed >= 1, JSON.stringify([created, errors]));
    assert.equal(errors[0]!.line, 3);
  }
});
