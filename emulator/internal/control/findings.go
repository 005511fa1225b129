package control

import (
	"context"
	"net/http"

	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/danielgtaylor/huma/v2"
)

// findingCalls name the findings.
type findingCalls struct{ *shared }

// findingTitle is the name of a finding.
type findingTitle struct {
	ID    string        `json:"id" example:"expired" doc:"As in x-cosemu-diagnosis."`
	Title diagnose.Text `json:"title" doc:"A few words, in English and Chinese."`
}

type findingsOutput struct {
	Body struct {
		Findings []findingTitle `json:"findings"`
	}
}

func (c *findingCalls) register(api huma.API) {
	huma.Register(api, c.operation("list-findings", http.MethodGet, "/findings",
		"What the findings mean, in a few words each", http.StatusOK, http.StatusNotFound), c.list)
}

func (c *findingCalls) list(_ context.Context, in *AccountInput) (*findingsOutput, error) {
	if _, err := c.account(in.Account); err != nil {
		return nil, err
	}
	out := &findingsOutput{}
	for _, id := range diagnose.IDs() {
		out.Body.Findings = append(out.Body.Findings, findingTitle{string(id), id.Title()})
	}
	return out, nil
}
