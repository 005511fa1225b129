package form_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/form"
	"github.com/cosemu/cosemu/signer"
)

// The key pair of the documentation, and the policy that its page signs with it, as the printed
// base64 (COS docs: POST Object, 签名保护实际案例).
const (
	docID     = "AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q"
	docSecret = "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz"
	docBucket = "examplebucket-1250000000"
	docHost   = "examplebucket-1250000000.cos.ap-beijing.myqcloud.com"
	docPolicy = "ewogICAgImV4cGlyYXRpb24iOiAiMjAxOS0wOC0zMFQwOTozODoxMi40MTRaIiwKICAgICJjb25kaXRpb25zIjogWwogICAgICAgIHsgImFjbCI6ICJkZWZhdWx0IiB9LAogICAgICAgIHsgImJ1Y2tldCI6ICJleGFtcGxlYnVja2V0LTEyNTAwMDAwMDAiIH0sCiAgICAgICAgWyAic3RhcnRzLXdpdGgiLCAiJGtleSIsICJmb2xkZXIvc3ViZm9sZGVyLyIgXSwKICAgICAgICBbICJzdGFydHMtd2l0aCIsICIkQ29udGVudC1UeXBlIiwgImltYWdlLyIgXSwKICAgICAgICBbICJzdGFydHMtd2l0aCIsICIkc3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiLCAiaHR0cHM6Ly9teS53ZWJzaXRlLyIgXSwKICAgICAgICBbICJlcSIsICIkeC1jb3Mtc2VydmVyLXNpZGUtZW5jcnlwdGlvbiIsICJBRVMyNTYiIF0sCiAgICAgICAgeyAicS1zaWduLWFsZ29yaXRobSI6ICJzaGExIiB9LAogICAgICAgIHsgInEtYWsiOiAiQUtJRFFqejNsdG9tcFZqQm5pNUxpdGtXSEZsRnB3a245VTVxIiB9LAogICAgICAgIHsgInEtc2lnbi10aW1lIjogIjE1NjcxNTA2OTI7MTU2NzE1Nzg5MiIgfQogICAgXQp9"
	docTime   = "1567150692;1567157892"
	docSig    = "7758dc9a832e9d301dca704cacbf9d9f8172fdef"
)

// docNow is a time within the validity of that policy.
func docNow() time.Time { return time.Unix(1567150700, 0) }

// docFields are fields that match it.
func docFields() []form.Field {
	return []form.Field{
		{Name: "key", Value: "folder/subfolder/${filename}"},
		{Name: "acl", Value: "default"},
		{Name: "Content-Type", Value: "image/jpeg"},
		{Name: "success_action_redirect", Value: "https://my.website/upload_success.html"},
		{Name: "x-cos-server-side-encryption", Value: "AES256"},
		{Name: "policy", Value: docPolicy},
		{Name: "q-sign-algorithm", Value: "sha1"},
		{Name: "q-ak", Value: docID},
		{Name: "q-key-time", Value: docTime},
		{Name: "q-signature", Value: docSig},
	}
}

// request returns the HTTP request of a form.
func request(t *testing.T, host, path string, h http.Header) *signer.Request {
	t.Helper()
	req, err := signer.NewRequest(http.MethodPost, "http://"+host+path, h)
	require.NoError(t, err)
	return req
}

func TestDocumentedPolicy(t *testing.T) {
	f := read(t, docFields(), "photo.jpg", "[Object Content]")
	require.Equal(t, "folder/subfolder/photo.jpg", f.Key)

	req := request(t, docHost, "/", nil)
	a, refused := f.Auth(req)
	require.Nil(t, refused)
	require.Equal(t, form.AuthPolicy, a.Kind)
	require.Equal(t, docID, a.Claim.SecretID)
	require.Equal(t, signer.CarrierForm, a.Claim.Carrier)
	require.NoError(t, a.Claim.CheckTime(docNow()))
	require.Error(t, a.Claim.CheckTime(time.Unix(1567157893, 0)))

	require.Equal(t, time.Date(2019, 8, 30, 9, 38, 12, 414e6, time.UTC), a.Policy.Expiration.UTC())
	require.Equal(t, []form.Condition{
		{Operator: form.Equal, Field: "acl", Value: "default"},
		{Operator: form.Equal, Field: "bucket", Value: docBucket},
		{Operator: form.StartsWith, Field: "key", Value: "folder/subfolder/"},
		{Operator: form.StartsWith, Field: "Content-Type", Value: "image/"},
		{Operator: form.StartsWith, Field: "success_action_redirect", Value: "https://my.website/"},
		{Operator: form.Equal, Field: "x-cos-server-side-encryption", Value: "AES256"},
		{Operator: form.Equal, Field: "q-sign-algorithm", Value: "sha1"},
		{Operator: form.Equal, Field: "q-ak", Value: docID},
		{Operator: form.Equal, Field: "q-sign-time", Value: docTime},
	}, a.Policy.Conditions)

	require.Nil(t, a.CheckPolicy(docNow()))
	got := a.Verify(req, docSecret, signer.VerifyOptions{})
	require.True(t, got.OK)
	require.Equal(t, "d5d903b8360468bc81c1311f134989bc8c8b5b89", got.StringToSign)
	require.False(t, a.Verify(req, docSecret+" ", signer.VerifyOptions{}).OK)
	require.Nil(t, a.CheckConditions(docBucket))

	content, err := io.ReadAll(a.LimitSize(f.File))
	require.NoError(t, err)
	require.Equal(t, "[Object Content]", string(content))
}

// docForm returns a request body of the page POST Object with CRLF line ends. The masked q-ak and
// q-signature are as printed.
func docForm(boundary, fileName string, fields []form.Field) string {
	var b strings.Builder
	for _, f := range fields {
		b.WriteString("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + f.Name + "\"\r\n\r\n" + f.Value + "\r\n")
	}
	b.WriteString("--" + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + fileName +
		"\"\r\nContent-Type: image/jpeg\r\n\r\n[Object Content]\r\n--" + boundary + "--\r\n")
	return b.String()
}

// TestDocumentedForms: the samples whose length is printed. The body in this test has that length,
// so it is the body that was sent.
func TestDocumentedForms(t *testing.T) {
	const ak = "AKID8A0fBVtYFrNm02oY1g1JQQF0c3JO"
	signed := func(policy, keyTime, sig string, fields ...form.Field) []form.Field {
		return append(
			fields,
			form.Field{Name: "policy", Value: policy},
			form.Field{Name: "q-sign-algorithm", Value: "sha1"},
			form.Field{Name: "q-ak", Value: ak + "****"},
			form.Field{Name: "q-key-time", Value: keyTime},
			form.Field{Name: "q-signature", Value: sig + "****"},
		)
	}
	tests := []struct {
		name, boundary, fileName string
		fields                   []form.Field
		length                   int
		success                  form.Success
	}{
		{
			"case 1", "----WebKitFormBoundaryZBPbaoYE2gqeB21N", "example.jpg",
			signed("eyJjb25kaXRpb25zIjpbeyJxLXNpZ24tYWxnb3JpdGhtIjoic2hhMSJ9LHsicS1hayI6IkFLSUQ4QTBmQlZ0WUZyTm0wMm9ZMWcxSlFRRjBjM0pPNk5FdSJ9LHsicS1zaWduLXRpbWUiOiIxNTY3MDY0Mzc0OzE1NjcwNzE1NzQifV0sImV4cGlyYXRpb24iOiIyMDE5LTA4LTI5VDA5OjM5OjM0LjQ3MVoifQ==",
				"1567064374;1567071574", "74ba120129a13d8f0e19479fbdc01bca3bca",
				form.Field{Name: "key", Value: "exampleobject"}),
			1119,
			form.Success{Status: 204, Location: "http://" + docHost + "/exampleobject"},
		},
		{
			"case 7, ${filename}", "----WebKitFormBoundaryHrAMWZO4BNyT0rca", "photo.jpg",
			signed("eyJjb25kaXRpb25zIjpbWyJzdGFydHMtd2l0aCIsIiRrZXkiLCJmb2xkZXIvc3ViZm9sZGVyLyJdLHsicS1zaWduLWFsZ29yaXRobSI6InNoYTEifSx7InEtYWsiOiJBS0lEOEEwZkJWdFlGck5tMDJvWTFnMUpRUUYwYzNKTzZORXUifSx7InEtc2lnbi10aW1lIjoiMTU2NzA4MjEwNzsxNTY3MDg5MzA3In1dLCJleHBpcmF0aW9uIjoiMjAxOS0wOC0yOVQxNDozNTowNy44OTlaIn0=",
				"1567082107;1567089307", "3cc37f8c81e36f57506efa02d0a3b6c9d551",
				form.Field{Name: "key", Value: "folder/subfolder/${filename}"}),
			1188,
			form.Success{Status: 204, Location: "http://" + docHost + "/folder/subfolder/photo.jpg"},
		},
		{
			"case 8, redirect", "----WebKitFormBoundaryJ0bRH1MwgMq5eu6H", "example.jpg",
			signed("eyJjb25kaXRpb25zIjpbWyJzdGFydHMtd2l0aCIsIiRzdWNjZXNzX2FjdGlvbl9yZWRpcmVjdCIsImh0dHBzOi8vbXkud2Vic2l0ZS8iXSx7InEtc2lnbi1hbGdvcml0aG0iOiJzaGExIn0seyJxLWFrIjoiQUtJRDhBMGZCVnRZRnJObTAyb1kxZzFKUVFGMGMzSk82TkV1In0seyJxLXNpZ24tdGltZSI6IjE1NjcwNjU3NDk7MTU2NzA3Mjk0OSJ9XSwiZXhwaXJhdGlvbiI6IjIwMTktMDgtMjlUMTA6MDI6MjkuMjcyWiJ9",
				"1567065749;1567072949", "c4a8ae7411687bc3d6ed2ac9b249e87a50b5",
				form.Field{Name: "key", Value: "exampleobject"},
				form.Field{Name: "success_action_redirect", Value: "https://my.website/upload_success.html"}),
			1351,
			form.Success{Status: 303, Location: "https://my.website/upload_success.html?bucket=examplebucket-1250000000&key=exampleobject&etag=%22ee8de918d05640145b18f70f4c3aa602%22"},
		},
		{
			"case 9, status", "----WebKitFormBoundaryST9Mz8AGzCDphgJF", "example.jpg",
			signed("eyJjb25kaXRpb25zIjpbeyJzdWNjZXNzX2FjdGlvbl9zdGF0dXMiOiIyMDAifSx7InEtc2lnbi1hbGdvcml0aG0iOiJzaGExIn0seyJxLWFrIjoiQUtJRDhBMGZCVnRZRnJObTAyb1kxZzFKUVFGMGMzSk82TkV1In0seyJxLXNpZ24tdGltZSI6IjE1NjcwNjU4Njk7MTU2NzA3MzA2OSJ9XSwiZXhwaXJhdGlvbiI6IjIwMTktMDgtMjlUMTA6MDQ6MjkuMzI3WiJ9",
				"1567065869;1567073069", "e46285af04d4fb68e0624fdd0a525b6a07ab",
				form.Field{Name: "key", Value: "exampleobject"},
				form.Field{Name: "success_action_status", Value: "200"}),
			1270,
			form.Success{Status: 200, Location: "http://" + docHost + "/exampleobject"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := docForm(tt.boundary, tt.fileName, tt.fields)
			require.Len(t, body, tt.length)
			// The page masks the end of a q-ak that is shown in its policy.
			body = strings.Replace(body, ak+"****", ak+"6NEu", 1)

			f, refused := form.Read("multipart/form-data; boundary="+tt.boundary, strings.NewReader(body))
			require.Nil(t, refused)
			a, refused := f.Auth(request(t, docHost, "/", nil))
			require.Nil(t, refused)
			require.Nil(t, a.CheckPolicy(time.Unix(a.Claim.KeyTime.Start, 0)))
			require.Nil(t, a.CheckConditions(docBucket))
			content, err := io.ReadAll(a.LimitSize(f.File))
			require.NoError(t, err)
			require.Equal(t, "[Object Content]", string(content))
			require.Equal(t, tt.success, f.Success(docBucket, docHost, "ee8de918d05640145b18f70f4c3aa602"))
		})
	}
}

// TestOlderDocumentedForm: the older version of the page has a form that python-requests sent in
// 2017. It has a Signature beside a policy, field names in other case, a condition without $, a
// field without a condition and an empty file.
func TestOlderDocumentedForm(t *testing.T) {
	const (
		boundary = "e07f2a7876ae4755ae18d300807ad879"
		policy   = "eyJjb25kaXRpb25zIjogW3siYnVja2V0IjogImtpdG1hbnMzdGVzdDEifSwgWyJjb250ZW50LWxlbmd0aC1yYW5nZSIsIDAsIDEwMDAwMDAwXSwgWyJzdGFydHMtd2l0aCIsICJ4LWNvcy1tZXRhLWJiIiwgIjEyIl1dLCAiZXhwaXJhdGlvbiI6ICIyMDQ3LTEyLTAxVDEyOjAwOjAwLjAwMFoifQ=="
		auth     = "q-sign-algorithm=sha1&q-ak=AKIDZfbOAo7cllgPvF9cXFrJD0a1ICvR98JM&q-sign-time=1512983814;1512984814&q-key-time=1512983814;1512984814&q-url-param-list=&q-header-list=host&q-signature=2ffd2ae714e7445a8da000ec5d51771ff5056500"
	)
	body := docForm(boundary, "empty:a", []form.Field{
		{Name: "key", Value: "a/${filename}"},
		{Name: "success_action_status", Value: "201"},
		{Name: "Acl", Value: "public-read"},
		{Name: "x-cos-storage-class", Value: "STANDARD"},
		{Name: "Signature", Value: auth},
		{Name: "policy", Value: policy},
		{Name: "x-Cos-meta-bb", Value: "124"},
		{Name: "key1", Value: "1"},
	})
	body = strings.Replace(body, "\r\nContent-Type: image/jpeg\r\n\r\n[Object Content]", "\r\n\r\n", 1)

	f, refused := form.Read("multipart/form-data; boundary="+boundary, strings.NewReader(body))
	require.Nil(t, refused)
	require.Equal(t, "a/empty:a", f.Key)
	require.Equal(t, "public-read", f.Get("acl"))
	a, refused := f.Auth(request(t, docHost, "/", nil))
	require.Nil(t, refused)
	require.Equal(t, form.AuthSignature, a.Kind)
	require.Equal(t, "AKIDZfbOAo7cllgPvF9cXFrJD0a1ICvR98JM", a.Claim.SecretID)
	require.Nil(t, a.CheckPolicy(time.Unix(1512983814, 0)))
	require.Nil(t, a.CheckConditions("kitmans3test1"))
	require.NotNil(t, a.CheckConditions("kitmans3test2"))
	content, err := io.ReadAll(a.LimitSize(f.File))
	require.NoError(t, err)
	require.Empty(t, content)
	require.Equal(t, 201, f.Success(docBucket, docHost, "d41d8cd98f00b204e9800998ecf8427e").Status)
	h, refused := f.Header()
	require.Nil(t, refused)
	require.Equal(t, http.Header{
		"X-Cos-Acl": {"public-read"}, "X-Cos-Storage-Class": {"STANDARD"}, "X-Cos-Meta-Bb": {"124"},
	}, h)
}
