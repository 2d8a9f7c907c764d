#!/bin/sh
# curl: HUB_URL=http://127.0.0.1:8000/graphql/ HUB_TOKEN=… sh curl.sh
set -eu

curl --silent --show-error --fail-with-body "$HUB_URL" \
    --header "Authorization: Bearer $HUB_TOKEN" \
    --header "Content-Type: application/json" \
    --header "Accept: application/graphql-response+json" \
    --data '{"query": "query ($first: Int!) { incidents(first: $first) { edges { node { reference title } } } }",
             "variables": {"first": 2}}'
