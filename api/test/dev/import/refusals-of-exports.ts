import { type Case, EAN, table, warned, whole } from "./refusal-case.ts";

const SHOPIFY = "Handle,Title,Vendor,Variant SKU,Variant Price";
const WOO = "ID,Type,SKU,Name,Brands,Regular price";
const GOOGLE = "id,title,brand,price,link";
export const OF_EXPORTS: Case[] = [
  table(`${SHOPIFY}\nlamp,Lamp,Lux,A-1,free`, 2, "Variant Price", '"free"', "a price in EUR such as 129.00"),
  table(`${SHOPIFY},Published\nlamp,Lamp,Lux,A-1,1,maybe`, 2, "Published", '"maybe"', "yes or no"),
  table(`${SHOPIFY},Status\nlamp,Lamp,Lux,A-1,1,asleep`, 2, "Status", '"asleep"', "active, draft, archived"),
  table(
    `${SHOPIFY},Variant Inventory Qty\nlamp,Lamp,Lux,A-1,1,many`,
    2,
    "Variant Inventory Qty",
    '"many"',
    "whole number",
  ),
  table(
    `${SHOPIFY}\nlamp,Lamp,Lux,,`,
    2,
    "Variant SKU, Variant Price, Variant Barcode and Option1 Value",
    "only its pictures",
  ),
  table(
    `${SHOPIFY},Option1 Name,Option1 Value,Option2 Name,Option2 Value\nl,L,X,A-1,1,Size,S,Size,M`,
    2,
    'attribute "Size"',
    '"S" and "M"',
    "rename",
  ),
  warned(
    table(
      `${SHOPIFY},Type,Product Category\nl,L,X,A-1,1,Old,New`,
      2,
      "Type",
      '"Old"',
      "Product Category says",
    ),
  ),
  warned(table(`${SHOPIFY}\nl,L,X,A-1,1\nl,M,X,A-2,1`, 3, "Title", '"M"', "that is in line 2")),
  warned(
    table(
      `${SHOPIFY},Image Alt Text\nl,L,X,A-1,1,Alt`,
      2,
      "Image Alt Text",
      '"Alt"',
      "its picture is not in this row",
    ),
  ),
  warned(
    table(
      `${SHOPIFY},Variant Compare At Price\nl,L,X,A-1,2,1`,
      2,
      "Variant Compare At Price",
      '"1"',
      "no more than the price",
    ),
  ),
  warned(table(`${SHOPIFY}\nl,L,,A-1,1`, 2, "names no brand: taken as Unbranded", "--brand NAME")),
  warned(table(`${SHOPIFY},Tags\nl,L,X,A-1,1,new`, 1, "columns that nothing was made of: Tags")),
  warned(
    table(`${SHOPIFY},Variant Barcode\nl,L,X,A-1,1,'${EAN}`, 1, "Variant Barcode (without the apostrophe"),
  ),
  warned(
    table(
      `${SHOPIFY},Option1 Name\nl,L,X,A-1,1,Size`,
      2,
      "Option1 Name",
      '"Size"',
      "nothing is made of it in this row",
    ),
  ),
  warned(table(`${SHOPIFY},Status\nl,L,X,A-1,1,Archived`, 2, "Status archived is taken as draft")),
  warned(
    table(
      `${SHOPIFY},Variant Image\nl,L,X,A-1,1,https://a.example/1.jpg`,
      1,
      "only a part is kept: Variant Image (as pictures of the product)",
    ),
  ),
  table(`${WOO}\n1,simple,A-1,Lamp,Lux,free`, 2, "Regular price", '"free"', "a price in EUR such as 129.00"),
  table(`${WOO}\n,simple,,Lamp,Lux,1`, 2, "neither SKU nor ID"),
  table(`${WOO},Parent\n1,variation,A-1,Lamp,,1,nobody`, 2, "Parent", '"nobody"', "export it as well"),
  table(
    `${WOO}\n1,variable,A-1,Lamp,Lux,`,
    2,
    "Type is variable",
    "no published variation",
    "export its variations",
  ),
  table(
    `${WOO},Sale price,Date sale price ends\n1,simple,A-1,Lamp,Lux,2,1,2026-02-30`,
    2,
    "Date sale price ends",
    '"2026-02-30"',
    "such as 2026-11-27",
  ),
  table(`${WOO},Published\n1,variable,A-1,Lamp,Lux,,?`, 2, "Published", '"?"', "yes or no"),
  table(`${WOO},In stock?\n1,simple,A-1,Lamp,Lux,1,?`, 2, "In stock?", '"?"', "yes or no"),
  table(
    `${WOO},Sale price,Date sale price ends\n1,simple,A-1,Lamp,Lux,2,1,30.11.`,
    2,
    "Date sale price ends",
    '"30.11."',
    "such as 2026-11-27",
  ),
  warned(
    table(
      `${WOO},Date sale price ends\n1,simple,A-1,Lamp,Lux,2,2026-11-30`,
      2,
      "Date sale price ends",
      "there is no sale price",
    ),
  ),
  warned(
    table(
      `${WOO},Sale price,Date sale price ends\n1,simple,A-1,Lamp,Lux,2,1,2026-11-30 23:59:59`,
      2,
      "Date sale price ends names no zone: taken as UTC",
    ),
  ),
  warned(
    table(`${WOO},Visibility in catalog\n1,simple,A-1,Lamp,Lux,2,hidden`, 2, "hidden is taken as draft"),
  ),
  warned(
    table(
      `${WOO},Visibility in catalog\n1,simple,A-1,Lamp,Lux,2,search`,
      2,
      "Visibility in catalog",
      '"search"',
      "or in neither",
    ),
  ),
  warned(
    table(`${WOO},Sale price\n1,simple,A-1,Lamp,Lux,2,2`, 2, "Sale price", '"2"', "not below the price"),
  ),
  warned(table(`${WOO}\n1,simple,A-1,Lamp,"Lux, Dim",1`, 2, "Brands Dim were left out")),
  warned(
    table(
      `${WOO}\n1,grouped,A-1,Lamps,,\n2,simple,A-2,L,Lux,1`,
      2,
      "Lamps is a group of other products",
      "was left out",
    ),
  ),
  warned(
    table(
      `${WOO},Published,Parent\n1,variable,A-1,L,Lux,,1,\n2,variation,A-2,L red,,1,0,A-1\n3,variation,A-3,L blue,,1,1,A-1`,
      3,
      "L red is not published there",
    ),
  ),
  warned(
    table(
      `${WOO},Parent\n1,variable,A-1,L,Lux,9,\n2,variation,A-2,L red,,1,A-1`,
      2,
      "Regular price",
      '"9"',
      "whose variations have it",
    ),
  ),
  warned(
    table(
      `${WOO},Parent\n1,variable,A-1,L,Lux,,\n2,variation,A-2,Other,,1,A-1`,
      3,
      "Name",
      '"Other"',
      "that is in line 2",
    ),
  ),
  warned(
    table(
      `${WOO},In stock?\n1,simple,A-1,Lamp,Lux,1,backorder`,
      2,
      "In stock? backorder is taken as preorder",
    ),
  ),
  table(
    `${WOO},Attribute 1 name,Attribute 1 value(s)\n1,simple,A-1,L,Lux,1,Size,${"x".repeat(2_000)}`,
    2,
    "attribute Size has 2000 characters",
  ),
  { ...whole(`${WOO}\n1,simple,A-1,L,Lux,1`, ["prices without a currency", "--currency EUR"]), answers: {} },
  table(
    `${GOOGLE}\nA-1,Lamp,Lux,free,https://a.example`,
    2,
    "price",
    '"free"',
    "a price in EUR such as 129.00",
  ),
  table(
    `${GOOGLE},sale_price,sale_price_effective_date\nA-1,Lamp,Lux,2 EUR,x,1 EUR,soon`,
    2,
    "sale price effective date",
    '"soon"',
    "two times such as",
  ),
  table(
    `${GOOGLE},item_group_id\nA-1,Lamp,Lux,2 EUR,x,G 1\nA-2,Lamp,Lux,2 EUR,x,g-1`,
    3,
    "item group id",
    '"g-1"',
    '"G 1" in line 2',
  ),
  warned(
    table(
      `${GOOGLE},item_group_id\nA-1,L,Lux,2 EUR,x,g\nA-2,M,Lux,2 EUR,x,g`,
      3,
      "title",
      '"M"',
      "that of line 2",
    ),
  ),
  warned(
    table(
      `${GOOGLE},product_type,google_product_category\nA-1,L,Lux,2 EUR,x,Lamps,594`,
      2,
      "google product category",
      '"594"',
      "product type says",
    ),
  ),
  warned(
    table(
      `${GOOGLE},availability\nA-1,L,Lux,2 EUR,x,backorder`,
      2,
      "availability backorder is taken as preorder",
    ),
  ),
  warned(
    table(
      `${GOOGLE},sale_price,sale_price_effective_date\nA-1,L,Lux,2 EUR,x,1 EUR,2026-11-27/2026-11-30`,
      2,
      "sale price effective date",
      "taken as UTC",
    ),
  ),
  table(
    `<rss><item><id>A-1</id><title>L & M</title></item></rss>`,
    1,
    "column 34: the XML is broken",
    "written &amp;",
  ),
  warned(
    table(
      `<rss><item><id>A-1</id><title>L<b>x</b></title><brand>X</brand><price>1 EUR</price><tax>1</tax></item></rss>`,
      1,
      "title has elements inside",
      "CDATA",
    ),
  ),
  warned(
    table(
      `<rss><item><g:id>A-1</g:id><title>L</title><g:title>M</g:title><brand>X</brand><price>1 EUR</price></item></rss>`,
      1,
      "left out for those of Google's (g:) that say otherwise: title",
    ),
  ),
  warned(
    table(
      `<rss><item><id>A-1</id><title>L</title><brand>X</brand><price>1 EUR</price><tax>1</tax></item></rss>`,
      1,
      "elements that nothing was made of: tax",
    ),
  ),
];
