package control

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/identity"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/identity/sts"
	"github.com/danielgtaylor/huma/v2"
)

// temporaryCalls issue temporary keys.
type temporaryCalls struct{ *shared }

// temporaryInput describes the uploads that the key allows, or has a policy in place of that.
type temporaryInput struct {
	AccountInput
	Body struct {
		Bucket       string          `json:"bucket,omitempty" doc:"The bucket that it may upload to. Default: the first bucket of the account, or of all." example:"examplebucket-1250000000"`
		Prefix       string          `json:"prefix,omitempty" maxLength:"850" doc:"The prefix of the object keys that it may upload." example:"photos/"`
		MaxBytes     int64           `json:"max_bytes,omitempty" minimum:"0" doc:"The largest size of an object that is uploaded at once, or of a part. 0: any size."`
		ContentTypes []string        `json:"content_types,omitempty" maxItems:"50" doc:"The Content-Types that an object may have; image/* for all images. An empty list: any."`
		Parts        bool            `json:"parts,omitempty" doc:"Whether it may upload in parts too. No condition limits the size of the whole object."`
		Read         bool            `json:"read,omitempty" doc:"Whether it may download the objects too."`
		Policy       json.RawMessage `json:"policy,omitempty" doc:"A policy in place of prefix, max_bytes, content_types, parts and read."`
		Expires      string          `json:"expires,omitempty" default:"15m" doc:"How long the key is valid from now, by the emulator's clock. At most 36h."`
		SecretID     string          `json:"secret_id,omitempty" doc:"The permanent key pair to issue it to. It never has more rights than that. Default: a key pair of the bucket's account."`
	}
}

// temporaryOutput contains a secret, as only newAccount does beside it.
type temporaryOutput struct {
	Body struct {
		SecretID  string          `json:"secret_id"`
		SecretKey string          `json:"secret_key" doc:"Returned once, here."`
		Token     string          `json:"token" doc:"Returned once, here."`
		Expires   time.Time       `json:"expires"`
		Bucket    string          `json:"bucket"`
		Region    string          `json:"region"`
		Policy    json.RawMessage `json:"policy" doc:"The policy that limits it, in the form that STS takes."`
		Snippets  snippets        `json:"snippets" doc:"Code to copy: an upload with this key."`
	}
}

func (c *temporaryCalls) register(api huma.API) {
	huma.Register(api, c.operation("issue-temporary-credential", http.MethodPost, "/temporary-credentials",
		"Issue a temporary key and show how to use it", http.StatusCreated, http.StatusNotFound), c.issueTemporary)
}

func (c *temporaryCalls) issueTemporary(_ context.Context, in *temporaryInput) (*temporaryOutput, error) {
	b := in.Body
	if b.Expires == "" {
		b.Expires = defaultExpires
	}
	validity, err := parseDistance("body.expires", b.Expires)
	if err != nil {
		return nil, err
	}
	if validity < time.Second {
		return nil, unprocessable("body.expires", "want at least a second")
	}
	if err := c.ownsKey(in.Account, b.SecretID); err != nil {
		return nil, err
	}
	bucket, region, err := c.uploadBucket(in.Account, b.Bucket)
	if err != nil {
		return nil, err
	}
	limited := b.Prefix != "" || b.MaxBytes > 0 || len(b.ContentTypes) > 0 || b.Parts || b.Read
	grant := sts.Grant{
		Bucket: bucket, Region: region, Prefix: b.Prefix,
		MaxBytes: b.MaxBytes, ContentTypes: b.ContentTypes, Parts: b.Parts, Read: b.Read,
	}
	document := grant.Policy()
	if len(b.Policy) > 0 && string(b.Policy) != "null" {
		if limited {
			return nil, unprocessable("body.policy",
				"give a policy in place of prefix, max_bytes, content_types, parts and read, not together with them")
		}
		document = b.Policy
	}
	for _, kind := range b.ContentTypes {
		if !isContentType(kind) {
			return nil, unprocessable("body.content_types", "want types such as image/png, or image/*")
		}
	}
	k, err := c.emulator.TemporaryKey(identity.TemporaryKeyRequest{
		SecretID: b.SecretID, AppID: addr.AppID(bucket), Policy: document, Lives: validity, Name: "console",
	})
	switch {
	case errors.Is(err, keyring.ErrFull):
		return nil, huma.Error409Conflict("there are too many temporary keys; delete some or wait until some expire")
	case err != nil:
		return nil, unprocessable("body", err.Error())
	}
	out := &temporaryOutput{}
	out.Body.SecretID, out.Body.SecretKey, out.Body.Token, out.Body.Expires = k.SecretID, k.SecretKey, k.Token, k.Expires
	out.Body.Bucket, out.Body.Region, out.Body.Policy = bucket, region, document
	out.Body.Snippets = c.snippets(k, grant)
	return out, nil
}

// uploadBucket returns the bucket with this name, or the first bucket for an empty name: of an
// account, or of all.
func (c *temporaryCalls) uploadBucket(appID, name string) (bucket, region string, err error) {
	buckets, err := c.bucketsOf(appID)
	if err != nil {
		return "", "", err
	}
	for _, b := range buckets {
		if name == "" || b.Name == name {
			return b.Name, b.Region, nil
		}
	}
	return "", "", unprocessable("body.bucket", "there is no such bucket")
}

// isContentType reports whether a text is type/subtype. Each of them may be `*`.
func isContentType(s string) bool {
	kind, sub, ok := strings.Cut(s, "/")
	bad := func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r) }
	return ok && len(s) <= 128 && kind != "" && sub != "" &&
		strings.IndexFunc(kind, bad) < 0 && strings.IndexFunc(sub, bad) < 0
}
