package control

import (
	"context"
	"net/http"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/danielgtaylor/huma/v2"
)

// defaultExpires is the validity of a URL that was asked for without one.
const defaultExpires = "15m"

// maxExpires bounds it, so that the end stays a time that can be written.
const maxExpires = 100 * 365 * 24 * time.Hour

type presignInput struct {
	Body struct {
		Method   string            `json:"method,omitempty" default:"PUT" enum:"GET,PUT,HEAD,DELETE,POST"`
		Bucket   string            `json:"bucket" minLength:"1" example:"examplebucket-1250000000"`
		Key      string            `json:"key,omitempty" doc:"The object's key, not encoded."`
		Expires  string            `json:"expires,omitempty" default:"15m" doc:"How long the URL is valid from now, by the emulator's clock."`
		Headers  map[string]string `json:"headers,omitempty" doc:"Headers to sign. The request must send them as they are."`
		SecretID string            `json:"secret_id,omitempty" doc:"The key pair to sign with; one of the bucket's account when left out."`
	}
}

type presignOutput struct {
	Body struct {
		URL  string `json:"url"`
		Curl string `json:"curl" doc:"A command line that uses it."`
	}
}

func (h *Handler) registerTools(api huma.API) {
	huma.Register(api, h.operation("presign", http.MethodPost, "/presign",
		"Make a pre-signed URL aimed at this emulator", http.StatusOK), h.presign)
	huma.Register(api, h.operation("reset", http.MethodPost, "/reset",
		"Return to the start-up state: objects, buckets, key pairs, clock", http.StatusNoContent), h.reset)
}

func (h *Handler) reset(context.Context, *struct{}) (*struct{}, error) {
	h.clockMu.Lock()
	defer h.clockMu.Unlock()
	if err := h.emulator.Reset(); err != nil {
		return nil, h.broken("the reset", err)
	}
	return nil, nil
}

func (h *Handler) presign(_ context.Context, in *presignInput) (*presignOutput, error) {
	b := in.Body
	if b.Expires == "" {
		b.Expires = defaultExpires
	}
	d, err := parseDistance("body.expires", b.Expires)
	if err != nil {
		return nil, err
	}
	if d < time.Second || d > maxExpires {
		return nil, unprocessable("body.expires", "want at least a second and at most a hundred years")
	}
	header := http.Header{}
	for name, value := range b.Headers {
		header.Set(name, value)
	}
	reply, err := h.emulator.Presign(api.PresignRequest{
		Method: b.Method, Bucket: b.Bucket, Key: b.Key, Expires: d, Header: header, SecretID: b.SecretID,
	})
	if err != nil {
		return nil, unprocessable("body", err.Error())
	}
	out := &presignOutput{}
	out.Body.URL, out.Body.Curl = reply.URL, reply.Curl
	return out, nil
}
