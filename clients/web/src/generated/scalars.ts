// Made from schema.graphql by `npm run schema`. Do not edit.

/** The `scalars` of GraphQL Code Generator. */
export const codegenScalars = {
  "Date": "string",
  "DateTime": "string",
  "JSONObject": "Record<string, unknown>",
  "URL": "string"
};

/** The `scalars` of gql.tada. */
export interface AtlasScalars {
  Date: string;
  DateTime: string;
  JSONObject: Record<string, unknown>;
  URL: string;
}
