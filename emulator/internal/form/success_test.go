package form_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/form"
)

func TestSuccess(t *testing.T) {
	const tail = "bucket=b-1&key=a%2F%E7%85%A7%20%26.jpg&etag=%22e%22"
	plain := "http://h/a/%E7%85%A7%20%26.jpg"
	tests := []struct {
		redirect, status string
		want             form.Success
	}{
		{"", "", form.Success{Status: 204, Location: plain}},
		{"", "200", form.Success{Status: 200, Location: plain}},
		{"", "201", form.Success{Status: 201, Location: plain}},
		{"", "204", form.Success{Status: 204, Location: plain}},
		{"", "202", form.Success{Status: 204, Location: plain}},
		{"", "200 ", form.Success{Status: 204, Location: plain}},
		{"https://r.test/x", "200", form.Success{Status: 303, Location: "https://r.test/x?" + tail}},
		{"HTTP://r.test", "", form.Success{Status: 303, Location: "HTTP://r.test?" + tail}},
		{"https://r.test/x?y=1", "", form.Success{Status: 303, Location: "https://r.test/x?y=1&" + tail}},
		{"https://r.test/#/done", "", form.Success{Status: 303, Location: "https://r.test/#/done?" + tail}},
		{"/x", "200", form.Success{Status: 200, Location: plain}},
		{"javascript:alert(1)", "", form.Success{Status: 204, Location: plain}},
		{"https://", "", form.Success{Status: 204, Location: plain}},
		{"https://r.test/\r\nSet-Cookie: a=b", "", form.Success{Status: 204, Location: plain}},
	}
	for _, tt := range tests {
		t.Run(tt.redirect+" "+tt.status, func(t *testing.T) {
			f := read(t, []form.Field{
				{Name: "key", Value: "a/照 &.jpg"},
				{Name: "success_action_redirect", Value: tt.redirect},
				{Name: "success_action_status", Value: tt.status},
			}, "f", "")
			require.Equal(t, tt.want, f.Success("b-1", "h", "e"))
		})
	}
}

func TestHeader(t *testing.T) {
	f := read(t, []form.Field{
		{Name: "key", Value: "k"},
		{Name: "acl", Value: "private"},
		{Name: "x-cos-acl", Value: "public-read"},
		{Name: "content-TYPE", Value: "image/png"},
		{Name: "Content-Type", Value: "image/gif"},
		{Name: "Cache-Control", Value: ""},
		{Name: "Content-Disposition", Value: "attachment; filename=\"照.jpg\""},
		{Name: "Content-Encoding", Value: "gzip"},
		{Name: "Expires", Value: "0"},
		{Name: "Content-Language", Value: "zh"},
		{Name: "Content-MD5", Value: "x"},
		{Name: "X-COS-Meta-a", Value: "1"},
		{Name: "x-cos-storage-class", Value: "STANDARD_IA"},
		{Name: "x-cos-traffic-limit", Value: "819200"},
		{Name: "x-cos-forbid-overwrite", Value: "true"},
		{Name: "x-cos-security-token", Value: "secret"},
		{Name: "policy", Value: ""},
		{Name: "Host", Value: "evil"},
	}, "f", "")
	h, refused := f.Header()
	require.Nil(t, refused)
	require.Equal(t, http.Header{
		"X-Cos-Acl":              {"private"},
		"Content-Type":           {"image/png"},
		"Content-Disposition":    {"attachment; filename=\"照.jpg\""},
		"Content-Encoding":       {"gzip"},
		"Expires":                {"0"},
		"X-Cos-Meta-A":           {"1"},
		"X-Cos-Storage-Class":    {"STANDARD_IA"},
		"X-Cos-Traffic-Limit":    {"819200"},
		"X-Cos-Forbid-Overwrite": {"true"},
	}, h)
}

// TestHeaderOfS3: in a form that is signed the AWS way, x-amz-* fields are read as COS names them.
// Beside COS's own signature, or without one, they have no effect.
func TestHeaderOfS3(t *testing.T) {
	fields := []form.Field{
		{Name: "key", Value: "k"},
		{Name: "acl", Value: "private"},
		{Name: "X-Amz-Acl", Value: "public-read"},
		{Name: "x-amz-meta-run", Value: "7"},
		{Name: "x-cos-meta-run", Value: "7"},
		{Name: "x-cos-meta-kept", Value: "9"},
		{Name: "x-amz-storage-class", Value: "STANDARD_IA"},
		{Name: "x-amz-security-token", Value: "secret"},
		{Name: "x-amz-date", Value: "20261201T000000Z"},
	}
	own := http.Header{"X-Cos-Acl": {"private"}, "X-Cos-Meta-Run": {"7"}, "X-Cos-Meta-Kept": {"9"}}
	s3 := http.Header{
		"X-Cos-Acl": {"private"}, "X-Cos-Meta-Run": {"7"}, "X-Cos-Meta-Kept": {"9"}, "X-Cos-Storage-Class": {"STANDARD_IA"},
	}
	for name, c := range map[string]struct {
		signature []string
		want      http.Header
	}{
		"none":       {nil, own},
		"V4":         {[]string{"x-amz-signature"}, s3},
		"V2":         {[]string{"AWSAccessKeyId", "signature"}, s3},
		"COS's":      {[]string{"q-ak", "q-signature"}, own},
		"V4 and COS": {[]string{"x-amz-signature", "q-signature"}, own},
	} {
		all := slices.Clone(fields)
		for _, field := range c.signature {
			all = with(all, field, "x")
		}
		h, refused := read(t, all, "f", "").Header()
		require.Nil(t, refused, name)
		require.Equal(t, c.want, h, name)
	}
	for _, bad := range [][2]string{{"x-amz-meta-a", "a\r\nb"}, {"x-amz-meta-kept", "10"}} { // no header; not what its twin says
		_, refused := read(t, with(with(slices.Clone(fields), "x-amz-signature", "x"), bad[0], bad[1]), "f", "").Header()
		require.NotNil(t, refused, bad)
	}
}

func TestHeaderRefused(t *testing.T) {
	for _, bad := range []form.Field{
		{Name: "x-cos-meta-a", Value: "a\r\nb"},
		{Name: "x-cos-meta-a", Value: "a\x00"},
		{Name: "Content-Type", Value: "text/html\nx: y"},
		{Name: "x-cos-meta-a b", Value: "a"},
		{Name: "x-cos-meta-a:", Value: "a"},
		{Name: "x-cos-meta-照", Value: "a"},
	} {
		f := read(t, []form.Field{{Name: "key", Value: "k"}, bad}, "f", "")
		_, refused := f.Header()
		require.NotNil(t, refused, bad)
		require.Equal(t, coserr.InvalidArgument, refused.Code)
	}
	f := read(t, []form.Field{
		{Name: "key", Value: "k"},
		{Name: "comment", Value: "two\r\nlines"},
		{Name: "x-cos-meta-a", Value: "照\t片\t"},
	}, "f", "")
	h, refused := f.Header()
	require.Nil(t, refused)
	require.Equal(t, http.Header{"X-Cos-Meta-A": {"照\t片\t"}}, h)
}
