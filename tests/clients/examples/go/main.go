// Go, with nothing but its standard library: HUB_URL=http://127.0.0.1:8000/graphql/ HUB_TOKEN=… go run main.go
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

const incidents = `query ($first: Int!) { incidents(first: $first) { edges { node { reference title } } } }`

type answer struct {
	Data struct {
		Incidents struct {
			Edges []struct {
				Node struct {
					Reference string `json:"reference"`
					Title     string `json:"title"`
				} `json:"node"`
			} `json:"edges"`
		} `json:"incidents"`
	} `json:"data"`
	Errors []struct {
		Message    string         `json:"message"`
		Extensions map[string]any `json:"extensions"`
	} `json:"errors,omitempty"`
}

func ask(query string, variables map[string]any) (*answer, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest(http.MethodPost, os.Getenv("HUB_URL"), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("HUB_TOKEN"))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/graphql-response+json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var found answer
	return &found, json.NewDecoder(response.Body).Decode(&found)
}

func main() {
	found, err := ask(incidents, map[string]any{"first": 2})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(found)
}
