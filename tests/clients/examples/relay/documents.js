// What Relay compiles: a page that is fetched further by its cursor, and an object that is fetched again by its id.
import { graphql } from "relay-runtime";

export const query = graphql`
  query documentsQuery($first: Int!) {
    ...documents_incidents @arguments(first: $first)
  }
`;

export const incidents = graphql`
  fragment documents_incidents on Query
  @argumentDefinitions(first: { type: "Int", defaultValue: 10 }, after: { type: "String" })
  @refetchable(queryName: "documentsMoreQuery") {
    incidents(first: $first, after: $after) @connection(key: "documents_incidents") {
      edges {
        node {
          ...documents_incident
        }
      }
    }
  }
`;

export const incident = graphql`
  fragment documents_incident on Incident @refetchable(queryName: "documentsIncidentQuery") {
    reference
    title
  }
`;

export const plain = graphql`
  query documentsPlainQuery($first: Int!) {
    incidents(first: $first) {
      edges {
        node {
          reference
          title
        }
      }
    }
  }
`;
