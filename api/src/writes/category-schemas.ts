import type { Static } from "typebox/type";
import * as Type from "typebox/type";
import { CategoryId, closed, line } from "../catalog/vocabulary.ts";

const members = {
  name: line(200),
  parent: Type.Unsafe<string | null>({
    ...CategoryId,
    type: ["string", "null"],
    description: "The id of the category above it; null for a category at the top",
  }),
  position: Type.Integer({
    minimum: 0,
    maximum: 100_000,
    description: "Its place among the categories beside it, from 0",
  }),
};

export const CategoryInput = Type.Object(
  {
    name: members.name,
    parent: Type.Optional(members.parent),
    position: Type.Optional(members.position),
  },
  { ...closed, title: "CategoryInput" },
);
export type CategoryInput = Static<typeof CategoryInput>;

/** RFC 7396: what is left out stays. */
export const CategoryPatch = Type.Object(
  {
    name: Type.Optional(members.name),
    parent: Type.Optional(members.parent),
    position: Type.Optional(members.position),
  },
  { ...closed, minProperties: 1, title: "CategoryPatch" },
);
export type CategoryPatch = Static<typeof CategoryPatch>;

export const CategoryRemoval = Type.Object(
  {
    products: Type.Optional(
      Type.Unsafe<"remove">({
        type: "string",
        enum: ["remove"],
        description:
          "remove: its products leave it, and stay in the other categories that they are filed under",
      }),
    ),
    moveTo: Type.Optional(
      Type.String({ ...CategoryId, description: "The category that its products go to" }),
    ),
  },
  closed,
);
