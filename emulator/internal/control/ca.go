package control

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// caPath has no API version, since people write it into Dockerfiles.
const caPath = "/ca.pem"

const pemType = "application/x-pem-file"

// caCalls return the certificate that clients must trust.
type caCalls struct{ *shared }

type caOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (c *caCalls) register(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "ca", Method: http.MethodGet, Path: caPath, Tags: []string{"ca"},
		Summary: "The certificate (PEM) of the authority that signs the COS API's TLS certificates. Clients must trust it.",
		Errors:  []int{http.StatusNotFound},
		Responses: map[string]*huma.Response{"200": {
			Description: "The certificate", Content: map[string]*huma.MediaType{pemType: {Schema: &huma.Schema{Type: huma.TypeString}}},
		}},
	}, func(context.Context, *struct{}) (*caOutput, error) {
		if len(c.options.CA) == 0 {
			return nil, huma.Error404NotFound("this server has no TLS")
		}
		return &caOutput{
			ContentType: pemType, Disposition: `attachment; filename="cosemu-ca.pem"`, Body: c.options.CA,
		}, nil
	})
}
