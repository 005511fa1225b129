package form

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime/multipart"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/signer"
)

// requireRefusal checks that an error is one of the answers to a form.
func requireRefusal(t *testing.T, err error) {
	t.Helper()
	var ce *coserr.Error
	require.ErrorAs(t, err, &ce)
	switch ce.Code {
	case coserr.MalformedPOSTRequest, coserr.IncorrectNumberOfFilesInPostRequest, coserr.InvalidArgument,
		coserr.KeyTooLong, coserr.InvalidPolicyDocument, coserr.AccessDenied, coserr.EntityTooLarge, coserr.EntityTooSmall:
	default:
		t.Fatal(ce)
	}
}

// FuzzRead: each body is accepted or refused, and the fields are parts of it and limited in size.
func FuzzRead(f *testing.F) {
	part := "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na/${filename}\r\n"
	file := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"C:\\f\"\r\nContent-Type: a/b\r\n\r\ncontent\r\n"
	for _, body := range []string{
		"", "--b--", part + file + "--b--\r\n", part + file + file + "--b--", part + file + "--b", part + file + part + "--b--",
		"x\n" + strings.ReplaceAll(part+file+"--b--", "\r\n", "\n"), "--b\r\n\r\n", "--b\r\nfoo\r\n--b--",
	} {
		f.Add("multipart/form-data; boundary=b", []byte(body))
	}
	f.Add(`multipart/form-data; boundary="\"`, []byte("--"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		form, refused := Read(contentType, bytes.NewReader(body))
		if refused != nil {
			requireRefusal(t, refused)
			return
		}
		size := 0
		for _, field := range form.Fields {
			require.LessOrEqual(t, len(field.Value), maxFieldSize)
			require.True(t, bytes.Contains(body, []byte(field.Value)))
			size += len(field.Value)
		}
		require.LessOrEqual(t, size, maxHead)
		require.LessOrEqual(t, len(form.Fields), maxFields)
		require.NotEmpty(t, form.Key)
		require.LessOrEqual(t, len(form.Key), addr.MaxKey)
		require.NotContains(t, form.FileName, "/")
		_, _ = form.Header()

		content, err := io.ReadAll(form.File)
		require.True(t, bytes.Contains(body, content))
		if err != nil {
			requireRefusal(t, err)
		}
	})
}

// FuzzRoundTrip: Read returns what a form writer has written.
func FuzzRoundTrip(f *testing.F) {
	f.Add("k/${filename}", "Content-Type", "image/png", "f.jpg", []byte("\r\n--"))
	f.Add("k", "policy", "e30=", "", []byte{})
	f.Fuzz(func(t *testing.T, key, name, value, fileName string, content []byte) {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		require.NoError(t, w.WriteField("key", key))
		require.NoError(t, w.WriteField(name, value))
		out, err := w.CreateFormFile("file", fileName)
		require.NoError(t, err)
		_, err = out.Write(content)
		require.NoError(t, err)
		require.NoError(t, w.Close())

		form, refused := Read(w.FormDataContentType(), &body)
		if refused != nil {
			requireRefusal(t, refused)
			return
		}
		require.Len(t, form.Fields, 2)
		require.Equal(t, key, form.Fields[0].Value)
		require.Equal(t, value, form.Fields[1].Value)
		require.Equal(t, strings.ReplaceAll(key, "${filename}", form.FileName), form.Key)
		got, err := io.ReadAll(form.File)
		require.NoError(t, err)
		require.True(t, bytes.Equal(content, got))
	})
}

// FuzzPolicy: each document is accepted or refused. A form that is made for an accepted policy
// meets its conditions.
func FuzzPolicy(f *testing.F) {
	f.Add(`{"expiration":"2019-08-30T09:38:12.414Z","conditions":[{"acl":"default"},["starts-with","$key","a/"],["content-length-range",1,10]]}`)
	f.Add(`{"expiration":"2019-08-30T09:38:12","conditions":[{"q-sign-algorithm":"sha1"},{"q-ak":"a"},{"q-sign-time":"1;2"},{"bucket":"b-1"}]}`)
	f.Add(`{"conditions":[[[[`)
	f.Fuzz(func(t *testing.T, document string) {
		p, refused := ParsePolicy(base64.StdEncoding.EncodeToString([]byte(document)))
		if refused != nil {
			require.Nil(t, p)
			require.Equal(t, coserr.InvalidPolicyDocument, refused.Code)
			return
		}
		require.Equal(t, document, string(p.Text))
		require.NotEmpty(t, p.Conditions)

		form := &Form{index: map[string]int{}}
		bucket := ""
		for _, c := range p.Conditions {
			if _, again := form.index[strings.ToLower(c.Field)]; c.Operator == LengthRange || again {
				continue
			}
			form.add(c.Field, c.Value)
			if strings.EqualFold(c.Field, "bucket") {
				bucket = c.Value
			}
		}
		if i, ok := form.index["key"]; ok {
			form.Key = form.Fields[i].Value
		}
		a := &Auth{Policy: p, form: form}
		meets := true
		for _, c := range p.Conditions { // two conditions on one field may contradict each other
			value, _ := form.Lookup(c.Field)
			meets = meets && (c.Operator == LengthRange || c.holds(value))
		}
		before := p.Expiration.Add(-time.Second)
		first, second := a.CheckPolicy(before), a.CheckConditions(bucket)
		require.Equal(t, meets, first == nil && second == nil)
		require.NotNil(t, a.CheckPolicy(p.Expiration))
		a.Kind, a.Claim = AuthPolicy, &signer.Claim{Algorithm: signer.Algorithm}
		require.False(t, a.Verify(nil, "secret", signer.VerifyOptions{}).OK)

		var ce *coserr.Error
		if _, err := io.Copy(io.Discard, a.LimitSize(strings.NewReader("12345"))); errors.As(err, &ce) {
			requireRefusal(t, ce)
		}
	})
}
