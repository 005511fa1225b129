package bucketcfg_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/bucketcfg"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

func TestParseStrict(t *testing.T) {
	s, err := bucketcfg.ParseStrict([]byte(strictSample))
	require.Nil(t, err)
	require.Equal(t, []bucketcfg.StrictRule{
		{ID: "limit_acl", Actions: []string{"PutObjectACL", "PutBucketACL"}, Headers: []string{"host"}, Params: []string{"acl"}},
		{ID: "test", Actions: []string{"Put*"}, Headers: []string{"host"}, Params: []string{"all"}},
	}, s.Rules)

	rule := func(id string) string { return "<Rule><ID>" + id + "</ID></Rule>" }
	rules := func(ids string) string {
		var b strings.Builder
		for _, id := range ids {
			b.WriteString(rule(string(id)))
		}
		return "<StrictSignatureConfiguration>" + b.String() + "</StrictSignatureConfiguration>"
	}
	for doc, code := range map[string]coserr.Code{
		rules("abcdefghij"):  "",
		rules("abcdefghijk"): coserr.MalformedXML,
		rules("aa"):          coserr.MalformedXML,
		rules(""):            coserr.MalformedXML,
		replace(t, strictSample, "limit_acl", strings.Repeat("i", 255)):                                      "",
		replace(t, strictSample, "limit_acl", strings.Repeat("i", 256)):                                      coserr.MalformedXML,
		replace(t, strictSample, "limit_acl", "a b"):                                                         coserr.MalformedXML,
		replace(t, strictSample, "<ID>limit_acl</ID>", ""):                                                   coserr.MalformedXML,
		replace(t, strictSample, "PutObjectACL", "PostObject"):                                               coserr.InvalidArgument,
		replace(t, strictSample, "PutObjectACL", "GetService"):                                               coserr.InvalidArgument,
		replace(t, strictSample, ">Host<", ">User-Agent<"):                                                   coserr.InvalidArgument,
		replace(t, strictSample, ">Host<", ">x-cos-*<"):                                                      "",
		replace(t, strictSample, ">acl<", ">a b<"):                                                           coserr.InvalidArgument,
		replace(t, strictSample, ">acl<", "><"):                                                              coserr.MalformedXML,
		replace(t, strictSample, "<header>Host</header>", strings.Repeat("<header>Host</header>", 20)):       "",
		replace(t, strictSample, "<header>Host</header>", strings.Repeat("<header>Host</header>", 21)):       coserr.MalformedXML,
		replace(t, strictSample, "<param>acl</param>", strings.Repeat("<param>acl</param>", 21)):             coserr.MalformedXML,
		replace(t, strictSample, "<action>PutBucketACL</action>", strings.Repeat("<action>a</action>", 199)): "",
		replace(t, strictSample, "<action>PutBucketACL</action>", strings.Repeat("<action>a</action>", 200)): coserr.MalformedXML,
	} {
		requireCode(t, code, checkStrict([]byte(doc)), doc)
	}
}

func TestMissing(t *testing.T) {
	strict := func(actions, headers, params []string) *bucketcfg.Strict {
		return &bucketcfg.Strict{Rules: []bucketcfg.StrictRule{{ID: "a", Actions: actions, Headers: headers, Params: params}}}
	}
	list := func(s ...string) []string { return s }
	request := bucketcfg.Signed{
		Action: "PutObject", Header: http.Header{"Content-Type": {"a/b"}, "X-Cos-Acl": {"private"}, "X-Cos-Meta-A": {"b"}},
		Params: list("versionid", "a"),
	}
	for name, c := range map[string]struct {
		rules            *bucketcfg.Strict
		signedH, signedP []string
		headers, params  []string
	}{
		"host":             {strict(list("*"), list("host"), nil), nil, nil, list("host"), nil},
		"host signed":      {strict(list("*"), list("host"), nil), list("host"), nil, nil, nil},
		"header there":     {strict(list("PutObject"), list("content-type", "range"), nil), nil, nil, list("content-type"), nil},
		"header signed":    {strict(list("Put*"), list("content-type", "range"), nil), list("content-type"), nil, nil, nil},
		"all of COS":       {strict(list("P*t*Obj*t"), list("x-cos-*"), nil), list("x-cos-acl"), nil, list("x-cos-meta-a"), nil},
		"another action":   {strict(list("Get*", "PutObjectACL", "Put", "*A*", "PutObject*t"), list("host"), list("all")), nil, nil, nil, nil},
		"no action":        {strict(nil, list("host"), list("all")), nil, nil, nil, nil},
		"param there":      {strict(list("*"), nil, list("versionid", "uploadid")), nil, nil, nil, list("versionid")},
		"param signed":     {strict(list("*"), nil, list("versionid")), nil, list("versionid"), nil, nil},
		"all params":       {strict(list("*"), nil, list("all")), nil, list("a"), nil, list("versionid")},
		"headers and more": {strict(list("*"), list("host", "content-type"), list("all")), nil, nil, list("content-type", "host"), list("a", "versionid")},
	} {
		q := request
		q.SignedHeaders, q.SignedParams = c.signedH, c.signedP
		headers, params := c.rules.Missing(&q)
		require.ElementsMatch(t, c.headers, headers, name)
		require.ElementsMatch(t, c.params, params, name)
	}
	two := &bucketcfg.Strict{Rules: append(strict(list("*"), list("host"), nil).Rules, strict(list("Put*"), list("host"), list("a")).Rules...)}
	headers, params := two.Missing(&request)
	require.Equal(t, list("host"), headers, "each once")
	require.Equal(t, list("a"), params)
}
