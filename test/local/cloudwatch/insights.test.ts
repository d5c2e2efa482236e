import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fieldsRead, type LogLine, resultsOf } from "../../../local/cloudwatch/insights.ts";

const AT = Date.UTC(2026, 10, 28, 17);
const minute = (count: number) => new Date(AT + count * 60_000).toISOString();
/** One line a minute. */
const LINES = [
  '{"path":"/a","ms":5,"err":{"code":"x"},"tags":["one"]}',
  '{"path":"/b","ms":"40","level":"warn"}',
  '{"path":"/a","ms":9,"level":"error"}',
  "no JSON: took 12 ms for bob",
].map((message, index): LogLine => ({ at: AT + index * 60_000, stream: `s${index % 2}`, message }));
const values = (query: string) => resultsOf(query, LINES).map((row) => Object.values(row));

describe("a query of Logs Insights", () => {
  it("shows the newest first: what it asks for, or the line", () => {
    assert.deepEqual(values("fields path, ms | limit 2"), [
      [undefined, undefined],
      ["/a", 9],
    ]);
    assert.deepEqual(values("filter ispresent(err.code)"), [[minute(0), LINES[0]!.message]]);
    assert.deepEqual(values('filter tags.0 = "one" | fields @logStream'), [["s0"]]);
  });

  const FILTERS: Readonly<Record<string, readonly number[]>> = {
    "ms > 9": [1],
    "ms >= 9": [2, 1],
    "ms < 9": [0],
    "ms <= 9": [2, 0],
    "ms = 40": [1],
    'path != "/b"': [2, 0],
    'level in ["warn", "error"] and ms > 9': [1],
    'path = "/b" or path = "/a" and ms = 5': [1, 0],
    '(path = "/b" or path = "/a") and ms = 5': [0],
    "not ispresent(level)": [3, 0],
    "@message like /took \\d+/": [3],
    '@message like "took 1"': [3],
    "nothing > 0": [],
    'nothing != "x"': [],
    '`path` = "/b"': [1],
  };
  for (const [filter, indices] of Object.entries(FILTERS))
    it(`keeps what is ${filter}`, () => {
      assert.deepEqual(
        values(`filter ${filter} | fields @timestamp`),
        indices.map((index) => [minute(index)]),
      );
    });

  it("parses by a pattern with names, and by one with stars", () => {
    const both = [
      ["12", "bob"],
      [undefined, undefined],
    ];
    const last = "| fields took, who | limit 2";
    assert.deepEqual(values(`parse @message /took (?<took>\\d+) ms for (?<who>\\w+)/ ${last}`), both);
    assert.deepEqual(values(`parse @message "took * ms for *" as took, who ${last}`), both);
    assert.deepEqual(values('parse @message "took * ms" as took | filter ispresent(took) | fields took'), [
      ["12"],
    ]);
  });

  it("sorts numbers by size, texts by letters, and what is not there first", () => {
    assert.deepEqual(values("sort ms asc | fields ms"), [[undefined], [5], [9], ["40"]]);
    assert.deepEqual(values("sort ms | fields ms"), [["40"], [9], [5], [undefined]]);
    assert.deepEqual(values("sort path desc | fields path"), [["/b"], ["/a"], ["/a"], [undefined]]);
  });

  it("sums up by fields and periods", () => {
    assert.deepEqual(
      values("stats count(*) as n, count(ms) as m, sum(ms) as s, max(ms) as x, min(ms) as i, avg(ms) as a"),
      [[4, 3, 54, 40, 5, 18]],
    );
    assert.deepEqual(values("stats pct(ms, 50) as p, pct(ms, 67) as q, pct(ms, 0) as r"), [[9, 40, 5]]);
    assert.deepEqual(values("stats count(*) as n by path | sort n desc"), [
      ["/a", 2],
      [undefined, 1],
      ["/b", 1],
    ]);
    assert.deepEqual(values("stats max(ms) as x by bin(2m)"), [
      [minute(2), 9],
      [minute(0), 40],
    ]);
    assert.deepEqual(values("stats max(nothing) as x"), [[undefined]]);
  });

  it("says which fields it reads, and not which it makes", () => {
    assert.deepEqual(
      fieldsRead(
        'filter level = "warn" and `x-y` > 1 | parse url /(?<path>.*)/ | stats sum(other) as made by path, bin(1m) | sort made',
      ),
      ["level", "x-y", "url", "other"],
    );
  });

  for (const query of [
    ...[
      "",
      "filter",
      "filter a",
      "filter a >",
      "filter a ! 1",
      'filter a in "x"',
      "filter (a = 1",
      "filter a = b",
    ],
    ...[
      "fields a b",
      "fields a,",
      "fields a | ",
      "fields a; b",
      'fields "a"',
      "limit x",
      "limit",
      "sort",
      "nothing a",
    ],
    ...[
      "stats count(*)",
      "stats count(*) as",
      "stats median(a) as b",
      "stats pct(a) as b",
      "stats max(a, 5) as b",
    ],
    ...["stats sum(*) as b", "stats count(*) as n by bin(5)", "stats count(*) as n by bin(0m)"],
    ...["parse a as b", 'parse a "*"'],
  ])
    it(`is refused as '${query}'`, () => {
      assert.throws(() => resultsOf(query, LINES), SyntaxError);
    });
});
