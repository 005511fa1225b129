package control

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// caPath is where the authority's certificate is, behind no version: people
// write it into Dockerfiles.
const caPath = "/ca.pem"

const pemType = "application/x-pem-file"

type caOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (h *Handler) registerCA(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "ca", Method: http.MethodGet, Path: caPath, Tags: []string{"ca"},
		Summary: "The certificate, in PEM, of the authority that signs for the COS API's TLS: what clients must trust",
		Errors:  []int{http.StatusNotFound},
		Responses: map[string]*huma.Response{"200": {
			Description: "The certificate", Content: map[string]*huma.MediaType{pemType: {Schema: &huma.Schema{Type: huma.TypeString}}},
		}},
	}, func(context.Context, *struct{}) (*caOutput, error) {
		if len(h.options.CA) == 0 {
			return nil, huma.Error404NotFound("this server speaks no TLS")
		}
		return &caOutput{
			ContentType: pemType, Disposition: `attachment; filename="cosemu-ca.pem"`, Body: h.options.CA,
		}, nil
	})
}
