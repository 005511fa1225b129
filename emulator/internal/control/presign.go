package control

import (
	"context"
	"net/http"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/signer"
	"github.com/danielgtaylor/huma/v2"
)

const (
	// defaultExpires is the validity of a URL or temporary key where the call names none.
	defaultExpires = "15m"
	// maxExpires is the longest validity of a URL. It keeps the end within the range of dates.
	maxExpires = 100 * 365 * 24 * time.Hour
)

// presignCalls make pre-signed URLs.
type presignCalls struct{ *shared }

type presignInput struct {
	AccountInput
	Body struct {
		Method   string            `json:"method,omitempty" default:"PUT" enum:"GET,PUT,HEAD,DELETE,POST"`
		Bucket   string            `json:"bucket" minLength:"1" example:"examplebucket-1250000000"`
		Key      string            `json:"key,omitempty" doc:"The object's key, not encoded."`
		Expires  string            `json:"expires,omitempty" default:"15m" doc:"How long the URL is valid from now, by the emulator's clock."`
		Headers  map[string]string `json:"headers,omitempty" doc:"Headers to sign. The request must send them with these values."`
		S3       bool              `json:"s3,omitempty" doc:"Sign as S3 clients do (AWS Signature Version 4), for at most seven days."`
		SecretID string            `json:"secret_id,omitempty" doc:"The key pair to sign with. Default: a key pair of the bucket's account."`
	}
}

type presignOutput struct {
	Body struct {
		URL  string `json:"url"`
		Curl string `json:"curl" doc:"A command line that uses it."`
	}
}

func (c *presignCalls) register(api huma.API) {
	huma.Register(api, c.operation("presign", http.MethodPost, "/presign",
		"Make a pre-signed URL for this emulator", http.StatusOK, http.StatusNotFound), c.presign)
}

func (c *presignCalls) presign(_ context.Context, in *presignInput) (*presignOutput, error) {
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
	if err := c.owns(in.Account, b.Bucket); err != nil {
		return nil, err
	}
	if err := c.ownsKey(in.Account, b.SecretID); err != nil {
		return nil, err
	}
	family := signer.QSign
	if b.S3 {
		family = signer.AWS4
	}
	reply, err := c.emulator.Presign(api.PresignRequest{
		Family: family,
		Method: b.Method, Bucket: b.Bucket, Key: b.Key, Expires: d, Header: header, SecretID: b.SecretID,
	})
	if err != nil {
		return nil, unprocessable("body", err.Error())
	}
	out := &presignOutput{}
	out.Body.URL, out.Body.Curl = reply.URL, reply.Curl
	return out, nil
}
