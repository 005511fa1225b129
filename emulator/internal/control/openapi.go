package control

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

func apiConfig(version string) huma.Config {
	if version == "" {
		version = "devel"
	}
	c := huma.DefaultConfig("cosemu control", version)
	c.Info.Description = "Controls a running cosemu. No answer contains a secret, apart from those that issue a temporary key or make an account."
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "The setting control_token, where it is set."},
	}
	c.Info.Contact = &huma.Contact{Name: "cosemu", URL: "https://github.com/cosemu/cosemu"}
	c.Info.License = &huma.License{Name: "Apache 2.0", Identifier: "Apache-2.0"}
	c.Servers = []*huma.Server{{URL: "/", Description: "The server that answers with this document."}}
	c.Tags = apiTags()
	c.Security = []map[string][]string{{}, {"token": {}}}
	c.OpenAPIPath = apiPath + "/openapi"
	c.DocsPath = "" // huma's page loads scripts from other servers
	c.SchemasPath = ""
	c.CreateHooks = nil // no $schema links in answers
	c.Transformers = append(c.Transformers, withoutValues)
	return c
}

// apiTags are the groups of calls: the first word of their paths.
func apiTags() []*huma.Tag {
	var tags []*huma.Tag
	for _, t := range [][2]string{
		{"connect", "How a client reaches the server."},
		{"recipes", "Programs that upload with an SDK."},
		{"clock", "The emulator's time."},
		{"requests", "The journal of requests, and why they were refused."},
		{"explain", "Why a request would be refused, without sending it."},
		{"findings", "What the causes of refusals are called."},
		{"fixes", "Changes that let a refused request pass, with undo."},
		{"resend", "A request of the journal, signed and sent again."},
		{"report", "The journal as a file."},
		{"presign", "Pre-signed URLs."},
		{"credentials", "Permanent key pairs."},
		{"temporary-credentials", "Temporary keys."},
		{"buckets", "Buckets and their objects, without signatures."},
		{"cos", "Requests to the COS API, signed by the server."},
		{"aliases", "Host names that stand for a bucket."},
		{"snapshot", "Buckets, objects and settings as one file."},
		{"faults", "Planned faults."},
		{"accounts", "Accounts, for tests that run side by side."},
		{"reset", "Back to the state at start."},
		{"session", "Sessions of the web console."},
		{"index", "What the control API has."},
		{"health", "Whether the server is ready."},
		{"metrics", "Numbers for Prometheus."},
		{"ca", "The certificate that clients trust."},
	} {
		tags = append(tags, &huma.Tag{Name: t[0], Description: t[1]})
	}
	return tags
}

// indexCalls tell what the control API has.
type indexCalls struct{ *shared }

type indexedCall struct {
	Method  string `json:"method" example:"GET"`
	Path    string `json:"path" example:"/api/v1/clock"`
	ID      string `json:"id" example:"get-clock" doc:"Its name in the OpenAPI document."`
	Summary string `json:"summary"`
}

type indexOutput struct {
	Body struct {
		Name    string            `json:"name" example:"cosemu"`
		Version string            `json:"version"`
		Links   map[string]string `json:"links" doc:"Pages and documents by their names, as paths of this listener." example:"{\"docs\":\"/api/docs\"}"`
		Calls   []indexedCall     `json:"calls" doc:"All calls, sorted by path."`
	}
}

func (c *indexCalls) register(api huma.API) {
	op := c.operation("index", http.MethodGet, "", "What the control API has: its version, pages and calls", http.StatusOK)
	op.Tags = []string{"index"}
	huma.Register(api, op, func(context.Context, *struct{}) (*indexOutput, error) {
		out := &indexOutput{}
		out.Body.Name, out.Body.Version = "cosemu", api.OpenAPI().Info.Version
		out.Body.Links = map[string]string{
			"console": "/", "docs": docsPath, "openapi": apiPath + "/openapi.json", "health": "/healthz", "metrics": "/metrics",
		}
		if len(c.options.CA) > 0 {
			out.Body.Links["ca"] = caPath
		}
		out.Body.Calls = listCalls(api.OpenAPI())
		return out, nil
	})
}

func listCalls(doc *huma.OpenAPI) []indexedCall {
	var calls []indexedCall
	for path, item := range doc.Paths {
		for method, op := range map[string]*huma.Operation{
			http.MethodGet: item.Get, http.MethodHead: item.Head, http.MethodPost: item.Post,
			http.MethodPut: item.Put, http.MethodDelete: item.Delete,
		} {
			if op != nil {
				calls = append(calls, indexedCall{Method: method, Path: path, ID: op.OperationID, Summary: op.Summary})
			}
		}
	}
	slices.SortFunc(calls, func(a, b indexedCall) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	return calls
}
