package form_test

import (
	"encoding/base64"
	"io"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/form"
)

// encode writes a form with mime/multipart.
func encode(t *testing.T, fields []form.Field, fileName, content string) (contentType, body string) {
	t.Helper()
	var b strings.Builder
	w := multipart.NewWriter(&b)
	for _, f := range fields {
		require.NoError(t, w.WriteField(f.Name, f.Value))
	}
	part, err := w.CreateFormFile("file", fileName)
	require.NoError(t, err)
	_, err = io.WriteString(part, content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return w.FormDataContentType(), b.String()
}

// read reads a valid form.
func read(t *testing.T, fields []form.Field, fileName, content string) *form.Form {
	t.Helper()
	contentType, body := encode(t, fields, fileName, content)
	f, refused := form.Read(contentType, strings.NewReader(body))
	require.Nil(t, refused)
	return f
}

// with replaces or adds a field; without removes one.
func with(fields []form.Field, name, value string) []form.Field {
	for i := range fields {
		if fields[i].Name == name {
			fields[i].Value = value
			return fields
		}
	}
	return append(fields, form.Field{Name: name, Value: value})
}

func without(fields []form.Field, name string) []form.Field {
	for i := range fields {
		if fields[i].Name == name {
			return append(fields[:i:i], fields[i+1:]...)
		}
	}
	return fields
}

// policy encodes a policy document.
func policy(json string) string { return base64.StdEncoding.EncodeToString([]byte(json)) }

// answer returns the *coserr.Error in an error.
func answer(t *testing.T, code coserr.Code, err error) *coserr.Error {
	t.Helper()
	var ce *coserr.Error
	require.ErrorAs(t, err, &ce)
	require.Equal(t, code, ce.Code)
	return ce
}

func requireCode(t *testing.T, code coserr.Code, err error) {
	t.Helper()
	require.NotNil(t, answer(t, code, err))
}
