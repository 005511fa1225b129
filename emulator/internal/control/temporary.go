package control

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/keyring"
	"github.com/cosemu/cosemu/emulator/internal/sts"
	"github.com/danielgtaylor/huma/v2"
)

// temporaryInput asks for a key for uploads, or for one with a policy of its
// own.
type temporaryInput struct {
	Body struct {
		Bucket       string          `json:"bucket,omitempty" doc:"Where it may upload; the first bucket when left out." example:"examplebucket-1250000000"`
		Prefix       string          `json:"prefix,omitempty" maxLength:"850" doc:"What the keys must begin with." example:"photos/"`
		MaxBytes     int64           `json:"max_bytes,omitempty" minimum:"0" doc:"The size of an object put in one piece, or of a part, at most; 0 for any."`
		ContentTypes []string        `json:"content_types,omitempty" maxItems:"50" doc:"Those that an object may have; image/* for all images, none for any."`
		Parts        bool            `json:"parts,omitempty" doc:"Whether it may upload in parts too. No condition bounds the whole of them."`
		Read         bool            `json:"read,omitempty" doc:"Whether it may fetch the objects too."`
		Policy       json.RawMessage `json:"policy,omitempty" doc:"A policy in place of all that."`
		Expires      string          `json:"expires,omitempty" default:"15m" doc:"How long the key lives from now, by the emulator's clock; 36h at most."`
		SecretID     string          `json:"secret_id,omitempty" doc:"The permanent key pair whose rights it has at most; one of the bucket's account when left out."`
	}
}

// temporaryOutput is the one answer in which a secret stands.
type temporaryOutput struct {
	Body struct {
		SecretID  string          `json:"secret_id"`
		SecretKey string          `json:"secret_key" doc:"Returned here, once, and nowhere else."`
		Token     string          `json:"token" doc:"Likewise."`
		Expires   time.Time       `json:"expires"`
		Bucket    string          `json:"bucket"`
		Region    string          `json:"region"`
		Policy    json.RawMessage `json:"policy" doc:"What it may do, as it would be sent to STS."`
		Snippets  snippets        `json:"snippets" doc:"Ready to be pasted: an upload with this key."`
	}
}

func (h *Handler) registerTemporary(api huma.API) {
	huma.Register(api, h.operation("issue-temporary-credential", http.MethodPost, "/temporary-credentials",
		"Issue a temporary key, and show how to use it", http.StatusCreated), h.issueTemporary)
}

func (h *Handler) issueTemporary(_ context.Context, in *temporaryInput) (*temporaryOutput, error) {
	b := in.Body
	if b.Expires == "" {
		b.Expires = defaultExpires
	}
	lives, err := parseDistance("body.expires", b.Expires)
	if err != nil {
		return nil, err
	}
	if lives < time.Second {
		return nil, unprocessable("body.expires", "want at least a second")
	}
	bucket, region, err := h.uploadBucket(b.Bucket)
	if err != nil {
		return nil, err
	}
	limited := b.Prefix != "" || b.MaxBytes > 0 || len(b.ContentTypes) > 0 || b.Parts || b.Read
	grant := sts.Grant{
		Bucket: bucket, Region: region, Prefix: b.Prefix, MaxBytes: b.MaxBytes, ContentTypes: b.ContentTypes, Parts: b.Parts, Read: b.Read,
	}
	document := grant.Policy()
	if len(b.Policy) > 0 && string(b.Policy) != "null" {
		if limited {
			return nil, unprocessable("body.policy", "a policy stands in place of prefix, max_bytes, content_types, parts and read")
		}
		document = b.Policy
	}
	for _, kind := range b.ContentTypes {
		if !isContentType(kind) {
			return nil, unprocessable("body.content_types", "want types such as image/png, or image/*")
		}
	}
	k, err := h.emulator.TemporaryKey(api.TemporaryKeyRequest{
		SecretID: b.SecretID, AppID: addr.AppID(bucket), Policy: document, Lives: lives, Name: "console",
	})
	switch {
	case errors.Is(err, keyring.ErrFull):
		return nil, huma.Error409Conflict("there are too many temporary keys; delete some, or wait for some to expire")
	case err != nil:
		return nil, unprocessable("body", err.Error())
	}
	out := &temporaryOutput{}
	out.Body.SecretID, out.Body.SecretKey, out.Body.Token, out.Body.Expires = k.SecretID, k.SecretKey, k.Token, k.Expires
	out.Body.Bucket, out.Body.Region, out.Body.Policy = bucket, region, document
	out.Body.Snippets = h.snippets(k, grant)
	return out, nil
}

// uploadBucket is the bucket asked for, or the first.
func (h *Handler) uploadBucket(name string) (bucket, region string, err error) {
	buckets, err := h.emulator.Buckets()
	if err != nil {
		return "", "", h.broken("listing the buckets", err)
	}
	for _, b := range buckets {
		if name == "" || b.Name == name {
			return b.Name, b.Region, nil
		}
	}
	return "", "", unprocessable("body.bucket", "there is no such bucket")
}

// isContentType tells whether a text is type/subtype, either of which may be
// `*` in whole.
func isContentType(s string) bool {
	kind, sub, ok := strings.Cut(s, "/")
	bad := func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r) }
	return ok && len(s) <= 128 && kind != "" && sub != "" && strings.IndexFunc(kind, bad) < 0 && strings.IndexFunc(sub, bad) < 0
}
