package sts_test

import (
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/identity/sts"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/stretchr/testify/require"
)

func TestGrant(t *testing.T) {
	const bucket, region = "test-1250000000", "ap-guangzhou"
	ask := func(g sts.Grant, action, key string, length, kind string) policy.Effect {
		t.Helper()
		p, err := policy.Parse(g.Policy(), policy.Session)
		require.NoError(t, err, "%s", g.Policy())
		r := &policy.Request{Action: action, Region: region, AppID: "1250000000", OwnerUIN: "1250000000", Bucket: bucket, Key: key, Values: values{
			"cos:content-length": length, "cos:content-type": kind,
		}}
		return p.Evaluate(r).Effect
	}
	g := sts.Grant{Bucket: bucket, Region: region, Prefix: "photos/*", MaxBytes: 10 << 20, ContentTypes: []string{"image/*"}}
	require.Equal(t, policy.Allow, ask(g, "PutObject", "photos/a.png", "10485760", "image/png"))
	for name, got := range map[string]policy.Effect{
		"other prefix": ask(g, "PutObject", "docs/a.png", "1", "image/png"),
		"too long":     ask(g, "PutObject", "photos/a.png", "10485761", "image/png"),
		"other type":   ask(g, "PutObject", "photos/a.png", "1", "text/html"),
		"no type":      ask(g, "PutObject", "photos/a.png", "1", ""),
		"a form":       ask(g, "PostObject", "photos/a.png", "1", "multipart/form-data"),
		"another call": ask(g, "DeleteObject", "photos/a.png", "", ""),
		"parts":        ask(g, "InitiateMultipartUpload", "photos/a.png", "0", "image/png"),
		"reading":      ask(g, "GetObject", "photos/a.png", "", ""),
	} {
		require.Equal(t, policy.None, got, name)
	}
	g.Parts, g.Read = true, true
	for action, kind := range map[string]string{
		"InitiateMultipartUpload": "image/png", "UploadPart": "application/octet-stream", "CompleteMultipartUpload": "application/xml",
		"ListParts": "", "AbortMultipartUpload": "", "GetObject": "",
	} {
		require.Equal(t, policy.Allow, ask(g, action, "photos/a.png", "10", kind), action)
	}
	require.Equal(t, policy.None, ask(g, "InitiateMultipartUpload", "photos/a.png", "0", "text/html"))
	require.Equal(t, policy.None, ask(g, "UploadPart", "photos/a.png", "10485761", "image/png"))
	all := sts.Grant{Bucket: bucket}
	require.Equal(t, policy.Allow, ask(all, "PostObject", "a", "1", "multipart/form-data"))
}

// values are condition keys with one value each; an empty one is not there.
type values map[string]string

func (v values) Lookup(key string) ([]string, bool) {
	s := v[key]
	return []string{s}, s != ""
}
